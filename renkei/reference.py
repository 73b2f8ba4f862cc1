"""The reference of all settings as a document: `python -m renkei.reference`."""

import sys
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from kit.settings import HouseSettings
from renkei.settings import Settings

_HEAD = """\
# Configuration reference 設定一覧

Made of the settings themselves by `make docs`; do not edit it here.
設定の定義から `make docs` で生成しています。直接編集しないでください。

Options of `renkei up` come first, then the environment, then `settings.toml` in the data
directory, then the defaults; `renkei settings` shows each value and where it comes from. In
`settings.toml` `RENKEI_STOPPING__NOTICE_S` is `notice_s` under `[stopping]`. Most settings are read
by `renkei restart` too; the address, the port, the number of workers and the data directory only
by a start.

優先順位は、`renkei up` のオプション、環境変数、`settings.toml`、既定値の順です。
現在の値とその出どころは `renkei settings` で確認できます。
多くの設定は `renkei restart` で反映されます。
アドレス、ポート、ワーカー数、データディレクトリは起動時にのみ読み込まれます。
"""
_SECTIONS = {
    "": "The platform 基盤全体",
    "database": "Connections to PostgreSQL データベース接続",
    "tls": "TLS at the door 通信の暗号化",
    "stopping": "Stopping 停止",
    "log": "The log ログ",
    "metrics": "Metrics 計測",
    "tracing": "Traces トレース",
    "broker": "The NGSI-LD context broker ブローカー",
    "joint_use": "Joint use 共同利用",
    "idp_federation": "Identity 認証・認証連携",
    "datamodels": "Data models データモデル",
    "api_catalog": "The API catalog APIカタログ",
}


def document() -> str:
    """Write the whole reference."""
    rows: dict[str, list[str]] = {}
    for path, field in _leaves(Settings, ()):
        section = path[0] if len(path) > 1 else ""
        name = f"RENKEI_{'__'.join(path)}".upper()
        text = (field.description or "").replace("|", "\\|")
        rows.setdefault(section, []).append(f"| `{name}` | {_default(field)} | {text} |")
    parts = [_HEAD]
    for section in sorted(rows, key=lambda one: (one != "", list(rows).index(one))):
        title = _SECTIONS.get(section, section)
        parts.append(f"\n## {title}\n\n| setting | default | what it is for |\n|---|---|---|\n")
        parts.append("\n".join(rows[section]) + "\n")
    return "".join(parts)


def _leaves(
    model: type[BaseModel], above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        nested = _nested(field.annotation)
        if nested is None:
            yield (*above, name), field
        else:
            yield from _leaves(nested, (*above, name))


def _nested(annotation: object) -> type[HouseSettings] | None:
    """Answer with the settings that a field holds, if it holds such."""
    if isinstance(annotation, type) and issubclass(annotation, HouseSettings):
        return annotation
    if not get_args(annotation) and isinstance(annotation, type):
        return None
    found = [_nested(part) for part in get_args(annotation)]
    kinds = [one for one in found if one is not None]
    return kinds[0] if len(kinds) == 1 and type(None) in get_args(annotation) else None


def _default(field: FieldInfo) -> str:
    """Show a default that is the same on every machine; others are described in words."""
    if field.default is PydanticUndefined:
        return "–" if field.default_factory is None else "(see text)"
    if field.default is None or field.default == ():
        return "–"
    if isinstance(field.default, SecretStr):
        return "(a secret)"
    plain = to_jsonable_python(field.default, fallback=str)
    return f"`{plain if isinstance(plain, str) else str(plain).lower()}`" if plain != "" else "–"


if __name__ == "__main__":
    sys.stdout.write(document())
