"""Brings the files of scheduled imports here: over guarded HTTP, or from the operator's folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

from datamodels.importers.readings import read_file
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import Choices
from datamodels.model.model import Model
from datamodels.model.schedule import Schedule, is_url
from datamodels.model.words import Words
from datamodels.operations.schedules import ReadRows, within
from datamodels.ports import Gathered
from datamodels.settings import Settings
from kit.guard import OutboundError
from kit.http import Fetched, Outbound

_ACCEPT = "text/csv, application/geo+json, application/vnd.ms-excel, */*;q=0.5"


class FileGathering:
    """Lends the file of a source (port `Gathering`).

    Args:
        outbound: fetches behind the guard.
        settings: how much is fetched, and from which folder files may be taken.
    """

    def __init__(self, outbound: Outbound, settings: Settings) -> None:
        self._outbound = outbound
        self._settings = settings

    @asynccontextmanager
    async def gather(self, schedule: Schedule) -> AsyncIterator[Gathered]:
        """Lend a source's file, if it is another than the last time."""
        if not is_url(schedule.source):
            yield self._from_folder(schedule)
            return
        fetched = await self._fetch(schedule)
        if fetched.status == HTTPStatus.NOT_MODIFIED:
            yield Gathered(path=None)
            return
        with TemporaryDirectory(prefix="renkei-import-") as folder:
            path = Path(folder) / "source"
            await asyncio.to_thread(path.write_bytes, fetched.body)
            yield Gathered(
                path=path,
                etag=fetched.headers.get("etag"),
                last_modified=fetched.headers.get("last-modified"),
            )

    async def _fetch(self, schedule: Schedule) -> Fetched:
        conditions = {
            name: value
            for name, value in (
                ("if-none-match", schedule.etag),
                ("if-modified-since", schedule.last_modified),
            )
            if value is not None
        }
        try:
            fetched = await self._outbound.fetch(
                schedule.source,
                accept=_ACCEPT,
                max_bytes=self._settings.import_max_bytes,
                timeout_s=self._settings.import_timeout_s,
                headers=conditions,
            )
        except OutboundError as error:
            raise _unreachable(schedule.source, error.detail) from error
        if fetched.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise _unreachable(schedule.source, f"status {fetched.status}")
        return fetched

    def _from_folder(self, schedule: Schedule) -> Gathered:
        folder = self._settings.import_folder
        if folder is None:
            raise UnreadableFile(
                Words(
                    "取込フォルダーが設定されていません",
                    "No import folder is set; right is RENKEI_DATAMODELS__IMPORT_FOLDER",
                ),
                where="source",
            )
        path = within(folder, schedule.source)
        state = path.stat()
        version = f"{path.name}:{state.st_mtime_ns}:{state.st_size}"
        return Gathered(path=None if version == schedule.etag else path, etag=version)


def read_rows(path: Path, model: Model, municipality: str | None, choices: Choices) -> ReadRows:
    """Open a file as rows of a model, for scheduled imports.

    Raises:
        UnreadableFile: it is none.
    """
    reading = read_file(path, model, municipality=municipality, choices=choices)
    return ReadRows(rows=reading.rows(), governed=reading.governed)


def _unreachable(source: str, reason: str) -> UnreadableFile:
    return UnreadableFile(
        Words(
            f"{source} を取得できません（{reason}）", f"Source {source} cannot be fetched: {reason}"
        ),
        where="source",
    )
