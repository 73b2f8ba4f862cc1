"""`renkei model`: show, check, compare, draft and adopt data models."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import typer
from rich.table import Table
from rich.text import Text

from datamodels import (
    Language,
    Model,
    Registry,
    UnknownModel,
    Validation,
    diff,
    dishonest,
    effect_of,
    fingerprint,
    fingerprints,
    is_honest,
    scaffold,
)
from kit.json import JsonObject
from renkei.commands.admin import call_admin
from renkei.commands.import_report import console
from renkei.commands.options import Data
from renkei.commands.platform import (
    Lang,
    Speaking,
    TenantName,
    Url,
    find_platform,
    in_words,
    registry_of,
)

app = typer.Typer(no_args_is_help=True, help="Data models / データモデル")

Name: TypeAlias = Annotated[str, typer.Argument(help="The model / データモデル", metavar="MODEL")]


@app.command(name="list")
def list_all(
    field: Annotated[str | None, typer.Option(help="Only of this field / 分野")] = None,
    data: Data = None,
    lang: Speaking = Lang.JA,
) -> None:
    """List the data models / 一覧する."""

    def act() -> int:
        shown = _table("型 / type", "版", "分野", "名称", "項目", "個人")
        for model in registry_of(data).models:
            if field in (None, model.field):
                name = model.name_ja if lang is Lang.JA else model.name_en
                personal = "○" if model.personal else ""
                _add(
                    shown,
                    model.type,
                    model.version,
                    model.field,
                    name,
                    len(model.columns),
                    personal,
                )
        console().print(shown)
        return 0

    in_words(lang.value, act)


@app.command()
def show(name: Name, data: Data = None, lang: Speaking = Lang.JA) -> None:
    """Show a model with its columns / 項目を表示する."""

    def act() -> int:
        model = registry_of(data).named(name)
        out = console()
        out.print(Text(f"{model.type} {model.version}  {model.name_ja} / {model.name_en}"))
        out.print(Text(f"{model.field}  {model.iri}"))
        out.print(Text(f"{model.source}  ({model.licence})"))
        shown = _table("項目", "英語名", "種類", "必須", "単位", "値")
        for column in model.columns:
            values = "" if column.vocabulary is None else "・".join(column.vocabulary.values)
            required = "○" if column.required else ""
            _add(
                shown, column.ja, column.en, column.kind.value, required, column.unit or "", values
            )
        out.print(shown)
        return 0

    in_words(lang.value, act)


@app.command()
def check(data: Data = None, lang: Speaking = Lang.JA) -> None:
    """Check that all models are whole and their versions honest / 定義と版を検査する."""

    def act() -> int:
        registry = registry_of(data)
        changed = dishonest(registry, fingerprints())
        wrong = [*changed, *_skipped(registry)]
        for key in changed:
            typer.echo(f"{key}: changed without a new version / 版を上げずに変更されています")
        for key in wrong[len(changed) :]:
            typer.echo(f"{key}: the version says too little / 変更に対し版の上げ方が小さい")
        for model in registry.every:
            if (key := f"{model.type}@{model.version}") not in fingerprints():
                typer.echo(f'"{key}" = "{fingerprint(model)}"')
        typer.echo(f"{len(registry.every)} models / データモデル, {len(wrong)} wrong / 誤り")
        return 1 if wrong else 0

    in_words(lang.value, act)


@app.command(name="diff")
def compare(
    name: Name,
    old: Annotated[str, typer.Argument(help="The older version / 比較元の版", metavar="FROM")],
    new: Annotated[
        str | None, typer.Argument(help="The newer one; by default the latest", metavar="TO")
    ] = None,
    data: Data = None,
    lang: Speaking = Lang.JA,
) -> None:
    """Tell whether a newer version is compatible, and why / 版を比較する."""

    def act() -> int:
        registry = registry_of(data)
        differences = diff(registry.named(name, old), registry.named(name, new))
        shown = _table("影響 / effect", "項目", "変更")
        for one in differences:
            _add(shown, one.effect.name.lower(), one.where, one.words.in_(lang.value))
        console().print(shown)
        typer.echo(effect_of(differences).name.lower())
        return 0

    in_words(lang.value, act)


@app.command()
def new(
    type_: Annotated[str, typer.Argument(help="Its type / 型名, as WellSurvey", metavar="TYPE")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file of it.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", dir_okay=False, help="By default: stdout.")
    ] = None,
    data: Data = None,
    lang: Speaking = Lang.JA,
) -> None:
    """Draft a model from a CSV file, to be edited / CSV から下書きを作る."""

    def act() -> int:
        registry = registry_of(data)
        _require_free(registry, type_, lang.value)
        text = scaffold(file, type_, registry)
        if output is None:
            typer.echo(text, nl=False)
        else:
            output.write_text(text, "utf-8")
        return 0

    in_words(lang.value, act)


@app.command()
def adopt(
    name: Name,
    tenant: TenantName,
    validation: Annotated[
        Validation, typer.Option(help="off, warn (警告), enforce (拒否)")
    ] = Validation.WARN,
    gaps: Annotated[
        bool, typer.Option("--gaps/--no-gaps", help="Required values may be missing / 空欄を許す")
    ] = False,
    data: Data = None,
    url: Url = None,
) -> None:
    """Let a tenant adopt a model: check its writes, index what is queried / 採用する."""
    body: JsonObject = {"validation": validation.value, "gaps": gaps}
    call_admin(find_platform(url, data), "PUT", f"{_of(tenant)}/models/{name}", body)


@app.command()
def drop(name: Name, tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """Let a tenant ask nothing of a type any more / 採用を取りやめる."""
    call_admin(find_platform(url, data), "DELETE", f"{_of(tenant)}/models/{name}")


@app.command()
def adopted(tenant: TenantName, data: Data = None, url: Url = None) -> None:
    """List what a tenant has adopted / 採用を一覧する."""
    shown = _table("型 / type", "検証 / validation", "空欄 / gaps")
    for one in _rows(call_admin(find_platform(url, data), "GET", f"{_of(tenant)}/models")):
        _add(shown, one["type"], one["validation"], "○" if one["gaps"] else "")
    console().print(shown)


@app.command()
def findings(
    tenant: TenantName, data: Data = None, url: Url = None, lang: Speaking = Lang.JA
) -> None:
    """List what was wrong in what a tenant wrote / 検証で見つかった誤りを一覧する."""
    shown = _table("型 / type", "場所 / where", "件数", "拒否", "直近の内容 / last")
    for one in _rows(call_admin(find_platform(url, data), "GET", f"{_of(tenant)}/findings")):
        refused = "○" if one["is_refused"] else ""
        _add(shown, one["type"], one["place"], one["count"], refused, one[f"last_{lang.value}"])
    console().print(shown)


def _skipped(registry: Registry) -> list[str]:
    """Name versions whose number says less than what changed since the one before."""
    found = []
    for type_ in registry.current:
        versions: list[Model] = list(registry.versions(type_))[::-1]
        found += [
            f"{after.type}@{after.version}"
            for before, after in pairwise(versions)
            if not is_honest(before, after)
        ]
    return found


def _require_free(registry: Registry, type_: str, language: Language) -> None:
    try:
        model = registry.named(type_)
    except UnknownModel:
        return
    taken = {"ja": f"{model.type} は既にあります", "en": f"{model.type} exists already"}
    raise typer.BadParameter(taken[language])


def _of(tenant: str) -> str:
    return f"/datamodels/tenants/{tenant}"


def _rows(answer: object) -> list[JsonObject]:
    return cast("list[JsonObject]", answer)


def _table(*headers: str) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _add(table: Table, *cells: object) -> None:
    table.add_row(*(Text(str(cell)) for cell in cells))
