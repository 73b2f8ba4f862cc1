"""Archives of tenants: what their lines say, and the manifest that they are checked by.

An archive is a zip file of lines of JSON:

    entities.ndjson       Entities, normalized, names of the core @context, with createdAt,
                          modifiedAt and expiresAt, in order of id
    history.ndjson        attribute instances that were written, in order of time
    contexts.ndjson       stored @contexts
    indexes.ndjson        declared paths
    subscriptions.ndjson  Subscriptions with their counters
    manifest.json         counts, sizes and SHA-256 of these, where and when they are from
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias, cast

from broker.ngsi.contexts import Context, core
from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.expand import expand_entity
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.representations import Presentation, present
from broker.ngsi.values import format_instant
from kit.json import JsonObject, JsonValue

FORMAT: Final = "renkei tenant archive"
FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
PARTS: Final = ("entities", "history", "contexts", "indexes", "subscriptions")
LEFT_OUT: Final = ("entityMaps", "snapshots", "undelivered notifications", "dead letters")
"""What passes by itself, and is not in an archive."""

_ALL = Presentation(sys_attrs=True)

Line: TypeAlias = JsonObject


class DamagedArchive(BadRequestData):
    """An archive is not whole, or not one of ours; the message names what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of an archive."""

    name: str
    records: int
    bytes: int
    sha256: str

    def document(self) -> JsonObject:
        """Write it for the manifest."""
        return {
            "name": self.name,
            "records": self.records,
            "bytes": self.bytes,
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an archive says of itself.

    Args:
        tenant: name, names for people and municipality code of the tenant.
        origin: the platform that it is from.
        history_days: for how long history was kept.
        secrets: `sealed` with a passphrase, or `left out`.
        salt: what the key was made of the passphrase with, hexadecimal; "": nothing is sealed.
    """

    tenant: JsonObject
    origin: str
    exported_at: datetime
    versions: Mapping[str, str]
    history_days: int
    secrets: str
    salt: str
    parts: Sequence[Part]

    def document(self) -> JsonObject:
        """Write it."""
        return {
            "format": FORMAT,
            "formatVersion": FORMAT_VERSION,
            "tenant": self.tenant,
            "origin": self.origin,
            "exportedAt": format_instant(self.exported_at),
            "versions": dict(self.versions),
            "historyDays": self.history_days,
            "secrets": self.secrets,
            "salt": self.salt,
            "leftOut": list(LEFT_OUT),
            "files": [part.document() for part in self.parts],
        }


def read_manifest(document: JsonValue) -> Manifest:
    """Read a manifest.

    Raises:
        DamagedArchive: it is of another format, of a later version, or not whole.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DamagedArchive(f"{MANIFEST} is not the manifest of a {FORMAT}")
    version = document.get("formatVersion")
    if version != FORMAT_VERSION:
        raise DamagedArchive(
            f"The archive has format version {version}; this platform reads {FORMAT_VERSION}"
        )
    try:
        parts = [_part(one) for one in cast("list[JsonObject]", document["files"])]
        manifest = Manifest(
            tenant=cast("JsonObject", document["tenant"]),
            origin=str(document["origin"]),
            exported_at=instant_of(document["exportedAt"]),
            versions=cast("Mapping[str, str]", document["versions"]),
            history_days=int(cast("int", document["historyDays"])),
            secrets=str(document["secrets"]),
            salt=str(document["salt"]),
            parts=parts,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedArchive(f"{MANIFEST} is not whole: {error!r}") from error
    missing = {f"{name}.ndjson" for name in PARTS} - {part.name for part in parts}
    if missing:
        raise DamagedArchive(f"{MANIFEST} does not name {', '.join(sorted(missing))}")
    return manifest


def entity_line(entity: Entity) -> Line:
    """Write an Entity with all its times; the names are those of the core @context."""
    return present(entity, core(), _ALL)


def entity_of_line(line: Line) -> Entity:
    """Read what `entity_line` wrote.

    Raises:
        BadRequestData: it is no Entity.

    >>> line = {"id": "urn:a:1", "type": "AED", "createdAt": "2026-09-01T00:00:00Z",
    ...     "modifiedAt": "2026-09-02T00:00:00Z",
    ...     "name": {"type": "Property", "value": "a", "createdAt": "2026-09-01T00:00:00Z",
    ...              "modifiedAt": "2026-09-02T00:00:00Z"}}
    >>> entity_line(entity_of_line(line)) == line
    True
    """
    context = core()
    fragment = expand_entity(line, context)
    created_at = instant_of(line.get("createdAt"))
    return Entity(
        id=cast("EntityId", fragment.id),
        types=fragment.types,
        attributes={
            iri: _stamped(instances, line, iri, format_instant(created_at), context)
            for iri, instances in fragment.attributes.items()
        },
        created_at=created_at,
        modified_at=instant_of(line.get("modifiedAt")),
        scopes=fragment.scopes or (),
        expires_at=fragment.expires_at,
    )


def _stamped(
    instances: Sequence[Instance], holder: JsonObject, iri: str, created: str, context: Context
) -> list[Instance]:
    """Give instances the times that their documents say; their holder was created at `created`."""
    name = context.short_names.get(Iri(iri)) or context.compact(Iri(iri))
    given = holder[name]
    documents = {
        one.get("datasetId"): one
        for one in (given if isinstance(given, list) else [given])
        if isinstance(one, dict)
    }
    return [
        _with_times(instance, documents[instance.get("datasetId")], created, context)
        for instance in instances
    ]


def _with_times(
    instance: Instance, document: JsonObject, created: str, context: Context
) -> Instance:
    own, modified = str(document["createdAt"]), str(document["modifiedAt"])
    stamped: Instance = {}
    for key, value in instance.items():
        if ":" in key:
            subs = cast("list[Instance]", value)
            stamped[key] = cast("JsonValue", _stamped(subs, document, key, own, context))
        else:
            stamped[key] = value
    if own != created:
        stamped["createdAt"] = own
    if modified != own:
        stamped["modifiedAt"] = modified
    return stamped


def _part(document: JsonObject) -> Part:
    return Part(
        name=str(document["name"]),
        records=int(cast("int", document["records"])),
        bytes=int(cast("int", document["bytes"])),
        sha256=str(document["sha256"]),
    )


def instant_of(value: JsonValue) -> datetime:
    """Read an instant.

    Raises:
        DamagedArchive: it is none.
    """
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise DamagedArchive(f"{value!r} is no instant") from error


def instant_or_none(value: JsonValue) -> datetime | None:
    """Read an instant, where there is one."""
    return None if value is None else instant_of(value)


def told_or_none(instant: datetime | None) -> str | None:
    """Write an instant, where there is one."""
    return None if instant is None else format_instant(instant)
