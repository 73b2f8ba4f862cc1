"""`renkei tenant backup` and `restore`: one separated tenant, by PostgreSQL's own tools."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from renkei.commands.options import Data, as_text
from renkei.dumps import admin_dsn, back_up, note_backup, restore_tenant, separated_tenant
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance
from renkei.platform import Platform, assemble, opened
from renkei.settings import Settings, load

Name = Annotated[str, typer.Argument(help="The tenant / テナント名", metavar="NAME")]


def backup(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file to write / 書き出すファイル")],
    data: Data = None,
) -> None:
    """Back a separated tenant up with pg_dump / 分離ありのテナントをバックアップする."""
    asyncio.run(_back_up(_settings(data), name, file))
    typer.echo(f"{file}: {file.stat().st_size} bytes")


def restore(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The backup / バックアップ", exists=True)],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask / 確認しない", show_default=False)
    ] = False,
    data: Data = None,
) -> None:
    """Put a backup in the place of a tenant's data / テナントをバックアップの時点へ戻す."""
    if not yes:
        typer.confirm(
            f"テナント {name} の現在のデータを置き換えますか / Replace what {name} has now?",
            abort=True,
        )
    database = asyncio.run(_restore(_settings(data), name, file))
    typer.echo(f"{name}: {database}")


async def _back_up(settings: Settings, name: str, file: Path) -> None:
    platform = assemble(settings)
    async with opened(platform):
        place = (await separated_tenant(platform, name)).placement
        await note_backup(platform, name)
    await asyncio.to_thread(back_up, admin_dsn(settings, place.server), place.database, file)


async def _restore(settings: Settings, name: str, file: Path) -> str:
    platform: Platform = assemble(settings)
    async with opened(platform):
        return (await restore_tenant(platform, name, file)).placement.database


def _settings(data: Data) -> Settings:
    """Read the settings; the PostgreSQL of the platform's own is the one that runs."""
    settings = load({"data": as_text(data)})
    if settings.database_url is not None:
        return settings
    own = EmbeddedPostgres(Instance(settings.data, settings.secrets).postgres).admin_dsn
    return settings.model_copy(update={"database_url": SecretStr(own)})
