"""The `renkei` command: an explicit list of its parts, each loaded when it is asked for."""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from kit.errors import RenkeiError
from renkei.loading import Loading, asked_part


@dataclass(frozen=True, slots=True)
class Part:
    """A command, whose module holds the function `command`, or a group: a typer `app`."""

    name: str
    summary: str
    noun: str = ""  # its module, where the command's name cannot be one

    @property
    def module(self) -> str:
        """Where it is written."""
        return f"renkei.commands.{self.noun or self.name.replace('-', '_')}"


PARTS: Sequence[Part] = (
    Part("up", "Start the platform / 基盤を起動する"),
    Part("down", "Stop a running one / 停止する"),
    Part("restart", "Replace its workers in turn / ワーカーを順に入れ替える"),
    Part("status", "Show whether one runs / 稼働状況を表示する"),
    Part("migrate", "Bring all databases to this version / データベースを更新する"),
    Part("secrets", "Make secrets that instances share / 共有する秘密情報を作る"),
    Part("top", "Show how it fares now / 稼働状況を表示し続ける"),
    Part("settings", "Show every setting and where it comes from / 設定を一覧する"),
    Part("tenant", "Create and look after tenants / テナントを管理する"),
    Part("organisation", "Look after organisations / 組織を管理する"),
    Part("application", "Review applications to take part / 利用申請を審査する"),
    Part("usage", "Show what tenants use / 利用量を表示する"),
    Part("import", "Import a municipal file / ファイルを取り込む", noun="imports"),
    Part("idp", "Clients and signing keys of sign-in / 認証のクライアントと署名鍵を管理する"),
    Part("federation", "Join a federation and look after it / 認証連携を管理する"),
    Part("model", "Show, check and adopt data models / データモデルを管理する"),
    Part("index", "Declare indexes of attributes / 属性の索引を管理する"),
    Part("explain", "Show how a query is answered / 検索の実行計画を表示する"),
    Part("audit", "Show and verify what was recorded / 監査記録を確かめる"),
    Part("policy", "Show, set and explain who may do what / アクセスポリシーを管理する"),
    Part("sandbox", "Let anybody try the API / お試し用のテナントを管理する"),
    Part("profile", "Show, enter and compare the platform's attributes / 基盤の属性を管理する"),
    Part("subscription", "Look after notifications / 通知の配信を管理する"),
    Part("listen", "Receive notifications, to try them / 通知を受け取って試す"),
    Part("schedule", "Import files again and again / 定期取込を管理する"),
    Part("export", "Export a data model's entities / データを書き出す", noun="exports"),
)


def assemble(asked: str | None) -> typer.Typer:
    """Build the command line; only the part that is asked for is loaded, the others are named."""
    app = typer.Typer(
        name="renkei",
        help="連携: the data-linkage platform that municipalities share.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for part in PARTS:
        if part.name == asked:
            _add(app, part)
        else:
            app.command(part.name, help=part.summary)(_root)
    return app


def main(loading: Loading | None = None) -> None:
    """Run the command line; what is refused on purpose ends with one sentence and exit code 1.

    Args:
        loading: the loader that `renkei up` has begun with.
    """
    asked = asked_part(sys.argv)
    try:
        assemble(asked)(prog_name="renkei", obj=loading)
    except RenkeiError as error:
        typer.echo(f"renkei: {error.detail}", err=True)
        sys.exit(1)


def _add(app: typer.Typer, part: Part) -> None:
    loaded = importlib.import_module(part.module)
    group: typer.Typer | None = getattr(loaded, "app", None)
    if group is None:
        app.command(part.name, help=part.summary)(loaded.command)
    else:
        app.add_typer(group, name=part.name, help=part.summary)


def _root() -> None:
    """Do nothing: options come before commands, and a part not asked for is only named."""
