"""Archives of tenants: the way out, and in again elsewhere.

export: one instant → lines → zip, as it comes; import: check all of it, then put it into an empty
tenant.
"""

import hashlib
import os
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import urlsplit, urlunsplit

import orjson
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from broker.archive_ports import ArchiveStore, TenantInstant
from broker.ngsi.archive import (
    MANIFEST,
    PARTS,
    DamagedArchive,
    Line,
    Manifest,
    Part,
    entity_line,
    entity_of_line,
    read_manifest,
)
from broker.ngsi.errors import BadRequestData
from broker.ngsi.versions import CURRENT
from joint_use import Tenant
from kit.clock import Clock
from kit.json import JsonObject, JsonValue
from kit.sealing import Seal, Unsealable

SEALED: Final = "sealed"
LEFT_OUT: Final = "left out"
_CHUNK: Final = 256 * 1024
_BATCH: Final = 200
_LONGEST_LINE: Final = 64 * 1024 * 1024
_SALT: Final = 16
_SECRETS: Final = ("receiverInfo", "notifierInfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveOrigin:
    """Who exports, for the manifest."""

    platform: str
    version: str


class _Sink:
    """Takes what a zip file writes, to be given on."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self.size = 0

    def write(self, chunk: bytes) -> int:
        self._chunks.append(bytes(chunk))
        self.size += len(chunk)
        return len(chunk)

    def flush(self) -> None:
        """There is nothing behind it."""

    def take(self) -> bytes:
        taken = b"".join(self._chunks)
        self._chunks, self.size = [], 0
        return taken


async def export_archive(
    store: ArchiveStore,
    tenant: Tenant,
    origin: ArchiveOrigin,
    *,
    passphrase: str | None,
    clock: Clock,
) -> AsyncIterator[bytes]:
    """Write a tenant's archive as it is at one instant, in bounded memory.

    Args:
        store: reads it.
        tenant: whose.
        origin: for the manifest.
        passphrase: seals subscribers' secrets; None: they are left out.
        clock: when it is.
    """
    salt = b"" if passphrase is None else os.urandom(_SALT)
    seal = None if passphrase is None else _seal(passphrase, salt)
    sink, parts = _Sink(), list[Part]()
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_DEFLATED, compresslevel=3) as to:
        async with store.instant(tenant) as instant:
            for name in PARTS:
                async for part in _written(to, name, _lines(instant, name, seal)):
                    parts += part
                    if sink.size >= _CHUNK:
                        yield sink.take()
            manifest = Manifest(
                tenant=_described(tenant),
                origin=origin.platform,
                exported_at=instant.at or clock(),
                versions={"renkei": origin.version, "ngsiLd": str(CURRENT)},
                history_days=instant.history_days,
                secrets=LEFT_OUT if seal is None else SEALED,
                salt=salt.hex(),
                parts=parts,
            )
        to.writestr(MANIFEST, orjson.dumps(manifest.document(), option=orjson.OPT_INDENT_2))
    yield sink.take()


async def _written(
    file: zipfile.ZipFile, name: str, lines: AsyncIterator[Line]
) -> AsyncIterator[list[Part]]:
    """Write a part; answers with nothing after each line, and with the part at the end."""
    digest, records, octets = hashlib.sha256(), 0, 0
    with file.open(f"{name}.ndjson", "w", force_zip64=True) as out:
        async for line in lines:
            written = orjson.dumps(line) + b"\n"
            digest.update(written)
            out.write(written)
            records, octets = records + 1, octets + len(written)
            yield []
    yield [Part(name=f"{name}.ndjson", records=records, bytes=octets, sha256=digest.hexdigest())]


def check_archive(path: Path, passphrase: str | None) -> Manifest:
    """Read an archive wholly and compare it with its manifest; nothing is stored.

    Raises:
        DamagedArchive: a part is missing, cut off or altered; the message names it.
        BadRequestData: it needs a passphrase, or another one.
    """
    try:
        with zipfile.ZipFile(path) as file:
            manifest = read_manifest(_manifest(file))
            for part in manifest.parts:
                _check_part(file, part)
            if manifest.secrets == SEALED:
                _check_passphrase(file, manifest, passphrase)
            return manifest
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise DamagedArchive(f"The archive cannot be read: {error}") from error


async def import_archive(
    store: ArchiveStore, tenant: Tenant, path: Path, manifest: Manifest, passphrase: str | None
) -> Mapping[str, int]:
    """Put a checked archive into an empty tenant; answers with how many lines each part has.

    Subscriptions whose secrets are not in it come in paused.

    Raises:
        DamagedArchive: a line is not what its part holds; the message names it.
    """
    is_sealed = manifest.secrets == SEALED
    seal = _seal(passphrase or "", bytes.fromhex(manifest.salt)) if is_sealed else None
    put: Mapping[str, Callable[[Sequence[Line]], Awaitable[None]]] = {
        "contexts": lambda lines: store.add_contexts(tenant, lines),
        "indexes": lambda lines: store.add_indexes(tenant, lines),
        "entities": lambda lines: store.add_entities(tenant, list(map(entity_of_line, lines))),
        "history": lambda lines: store.add_history(tenant, lines),
        "subscriptions": lambda lines: store.add_subscriptions(
            tenant, [_opened(line, seal) for line in lines]
        ),
    }
    counts = {}
    with zipfile.ZipFile(path) as file:
        for name, add in put.items():
            counts[name] = 0
            for first, lines in _batches(file, name):
                try:
                    await add(lines)
                except (BadRequestData, KeyError, TypeError) as error:
                    raise DamagedArchive(
                        f"{name}.ndjson has a line from {first} to {first + len(lines) - 1} that "
                        f"cannot be stored: {error}"
                    ) from error
                counts[name] += len(lines)
    await store.finish(tenant, manifest.history_days)
    return counts


async def _lines(instant: TenantInstant, name: str, seal: Seal | None) -> AsyncIterator[Line]:
    match name:
        case "entities":
            async for entity in instant.entities():
                yield entity_line(entity)
        case "subscriptions":
            async for line in instant.subscriptions():
                yield _closed(line, seal)
        case "history":
            async for line in instant.history():
                yield line
        case "contexts":
            async for line in instant.contexts():
                yield line
        case _:
            async for line in instant.indexes():
                yield line


def _described(tenant: Tenant) -> JsonObject:
    return {
        "name": tenant.name,
        "nameJa": tenant.name_ja,
        "nameEn": tenant.name_en,
        "municipalityCode": tenant.municipality_code,
        "storage": tenant.storage.value,
    }


def _closed(line: Line, seal: Seal | None) -> Line:
    """Seal a subscription's endpoint, or leave its secrets out and say so."""
    endpoint = cast("JsonObject", line["endpoint"])
    if seal is not None:
        sealed = seal.close(endpoint, str(line["id"])).hex()
        return {**line, "endpoint": {"sealed": sealed}, "leftOut": []}
    uri = str(endpoint["uri"])
    bare = _without_user(uri)
    left_out: list[str] = [name for name in _SECRETS if name in endpoint]
    if bare != uri:
        left_out.append("uri")
    kept = {name: value for name, value in endpoint.items() if name not in _SECRETS}
    return {**line, "endpoint": {**kept, "uri": bare}, "leftOut": cast("JsonValue", left_out)}


def _opened(line: Line, seal: Seal | None) -> Line:
    """Open a sealed endpoint; what lacks its secrets is paused."""
    endpoint = cast("JsonObject", line["endpoint"])
    if "sealed" in endpoint and seal is not None:
        sealed = bytes.fromhex(str(endpoint["sealed"]))
        return {**line, "endpoint": seal.open(sealed, str(line["id"]))}
    if not line["leftOut"]:
        return line
    content = cast("JsonObject", line["content"])
    document = {**cast("JsonObject", content["document"]), "isActive": False}
    return {**line, "content": {**content, "document": document}}


def _without_user(uri: str) -> str:
    """Take user and password out of a URI."""
    parts = urlsplit(uri)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=host)) if at and user else uri


def _seal(passphrase: str, salt: bytes) -> Seal:
    key = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Seal(key)


def _manifest(file: zipfile.ZipFile) -> JsonValue:
    try:
        read: JsonValue = orjson.loads(file.read(MANIFEST))
    except (KeyError, orjson.JSONDecodeError) as error:
        raise DamagedArchive(f"The archive has no readable {MANIFEST}") from error
    return read


def _check_part(file: zipfile.ZipFile, part: Part) -> None:
    digest, records, octets = hashlib.sha256(), 0, 0
    try:
        with file.open(part.name) as lines:
            while chunk := lines.read(_CHUNK):
                digest.update(chunk)
                records, octets = records + chunk.count(b"\n"), octets + len(chunk)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise DamagedArchive(f"{part.name} is missing or damaged: {error}") from error
    if (digest.hexdigest(), records, octets) != (part.sha256, part.records, part.bytes):
        raise DamagedArchive(
            f"{part.name} has {records} lines and {octets} bytes of another checksum; the manifest "
            f"says {part.records} lines and {part.bytes} bytes"
        )


def _check_passphrase(file: zipfile.ZipFile, manifest: Manifest, passphrase: str | None) -> None:
    if passphrase is None:
        raise BadRequestData("The archive's secrets are sealed; right would be its passphrase")
    seal = _seal(passphrase, bytes.fromhex(manifest.salt))
    for _, lines in _batches(file, "subscriptions"):
        try:
            _opened(lines[0], seal)
        except (Unsealable, ValueError) as error:
            raise BadRequestData("The passphrase is not the one that the archive has") from error
        return


def _batches(file: zipfile.ZipFile, name: str) -> Iterator[tuple[int, list[Line]]]:
    """Read a part's lines some at a time, with the number of the first."""
    first, batch = 1, list[Line]()
    with file.open(f"{name}.ndjson") as lines:
        while written := lines.readline(_LONGEST_LINE):
            try:
                read: Line = orjson.loads(written)
            except orjson.JSONDecodeError as error:
                raise DamagedArchive(
                    f"{name}.ndjson has no JSON in line {first + len(batch)}"
                ) from error
            batch.append(read)
            if len(batch) == _BATCH:
                yield first, batch
                first, batch = first + _BATCH, []
    if batch:
        yield first, batch
