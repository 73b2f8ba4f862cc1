"""Archives over HTTP, under /admin/tenants/{name}/archive: export as it comes, import of a file."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Query, Request, status
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, SecretStr
from starlette.concurrency import run_in_threadpool

from broker import (
    ArchiveOrigin,
    ArchiveRows,
    Manifest,
    NgsiLdError,
    check_archive,
    export_archive,
    import_archive,
)
from joint_use import (
    InvalidTerm,
    NewTenant,
    OperatorToken,
    Principal,
    ProblemRoute,
    Storage,
    Tenant,
    TenantExists,
    create_tenant,
    resume_tenant,
    show_tenant,
    suspend_tenant,
)
from kit.clock import utc_now
from renkei.archive_header import ARCHIVE_HEADER
from renkei.platform import Platform

_MEDIA_TYPE = "application/zip"


class ArchiveImported(BaseModel):
    """取り込んだ内容 / What came of an import."""

    tenant: str = Field(description="テナント名 / Tenant")
    exported_at: datetime = Field(description="書出し日時 / When it was exported")
    secrets: str = Field(description="秘密情報：sealed / left out")
    records: dict[str, int] = Field(description="件数 / Lines by part")


class Archives:
    """Exports and imports tenants of one platform.

    Args:
        platform: whose.
        version: of the program, for manifests.
    """

    def __init__(self, platform: Platform, version: str) -> None:
        self._platform = platform
        self._origin = ArchiveOrigin(platform=socket.gethostname(), version=version)
        self._rows = ArchiveRows(
            platform.databases, platform.store.tenants, platform.notifications.seal
        )

    def written(self, tenant: Tenant, passphrase: str | None) -> AsyncIterator[bytes]:
        """Write an archive, piece by piece."""
        return export_archive(
            self._rows, tenant, self._origin, passphrase=passphrase, clock=utc_now
        )

    async def read(
        self, principal: Principal, path: Path, wanted: NewTenant, passphrase: str | None
    ) -> ArchiveImported:
        """Check an archive, create its tenant and fill it while nobody can use it.

        Raises:
            InvalidTerm: the archive is damaged, or needs another passphrase.
            TenantExists: the name is taken.
        """
        joint_use = self._platform.joint_use
        if await joint_use.tenants.find(wanted.name) is not None:
            raise TenantExists(
                f"Tenant {wanted.name} exists already; an archive makes a new one, "
                "right would be another name",
                detail_ja=f"テナント {wanted.name} は既にあります。別の名前を指定してください。",
                where="name",
            )
        with _in_terms():
            manifest = await run_in_threadpool(check_archive, path, passphrase)
        await create_tenant(joint_use, principal, _named(wanted, manifest))
        tenant = await suspend_tenant(joint_use, principal, wanted.name)
        with _in_terms():
            counts = await import_archive(self._rows, tenant, path, manifest, passphrase)
        tenant = await resume_tenant(joint_use, principal, wanted.name)
        self._platform.store.index_work.take_up(tenant)
        return ArchiveImported(
            tenant=wanted.name,
            exported_at=manifest.exported_at,
            secrets=manifest.secrets,
            records=dict(counts),
        )


def archive_router(archives: Archives, platform: Platform, token: SecretStr) -> APIRouter:
    """Make the router of archives."""
    caller = OperatorToken(token)
    operator = Annotated[Principal, Depends(caller)]
    router = APIRouter(
        prefix="/admin/tenants", tags=["テナント / Tenants"], route_class=ProblemRoute
    )

    @router.get("/{name}/archive", summary="書出し / Export the whole tenant")
    async def export(name: str, request: Request, principal: operator) -> StreamingResponse:
        tenant = await show_tenant(platform.joint_use, principal, name)
        headers = {"Content-Disposition": f'attachment; filename="{tenant.name}.zip"'}
        written = archives.written(tenant, _passphrase(request))
        return StreamingResponse(written, media_type=_MEDIA_TYPE, headers=headers)

    @router.post(
        "/{name}/archive",
        status_code=status.HTTP_201_CREATED,
        summary="取込み / Make a tenant of an archive",
    )
    async def import_(
        name: str,
        request: Request,
        principal: operator,
        storage: Annotated[Storage, Query(description="データ管理方式")] = Storage.SHARED,
        server: Annotated[str | None, Query(description="サーバー / Server")] = None,
    ) -> ArchiveImported:
        wanted = NewTenant(name=name, storage=storage, server=server)
        directory = platform.settings.data
        with tempfile.NamedTemporaryFile(dir=directory, prefix=".archive-") as file:
            async for chunk in request.stream():
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(file.flush)
            return await archives.read(principal, Path(file.name), wanted, _passphrase(request))

    return router


def _passphrase(request: Request) -> str | None:
    given = request.headers.get(ARCHIVE_HEADER)
    return None if given is None else unquote(given)


def _named(wanted: NewTenant, manifest: Manifest) -> NewTenant:
    told: Mapping[str, object] = manifest.tenant
    code = told.get("municipalityCode")
    return NewTenant(
        name=wanted.name,
        storage=wanted.storage,
        server=wanted.server,
        municipality_code=code if isinstance(code, str) else None,
        name_ja=str(told.get("nameJa") or ""),
        name_en=str(told.get("nameEn") or ""),
    )


@contextmanager
def _in_terms() -> Iterator[None]:
    """Say what the broker refuses in the words of joint use."""
    try:
        yield
    except NgsiLdError as error:
        raise InvalidTerm(
            error.detail, detail_ja="アーカイブを取り込めません。", where="archive"
        ) from error
