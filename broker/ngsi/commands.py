"""The commands that change one Entity, and what applying one gives (§5.6).

Each carries all that `apply` needs, so that applying is pure and can be repeated.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from broker.ngsi.changes import Change
from broker.ngsi.entity import Fragment, Instance
from broker.ngsi.errors import Finding
from broker.ngsi.names import DatasetId, EntityId, Iri
from broker.ngsi.selection import TypeSelection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Command:
    """What all commands say: which entity, when, and (§4.17) of which type it must be."""

    id: EntityId
    at: datetime
    types: TypeSelection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(_Command):
    """Create Entity (§5.6.1); AlreadyExists where it is there."""

    fragment: Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert(_Command):
    """Create the Entity, or where it is there replace it or append to it (§5.6.8)."""

    fragment: Fragment
    update: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace(_Command):
    """Replace Entity (§5.6.18): all but createdAt."""

    fragment: Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(_Command):
    """Merge Entity (§5.6.17): RFC 7396 over the stored entity.

    Args:
        language: with simplified text for a LanguageProperty: the key that is meant (`lang`).
        observed_at: stamps attributes that had an observedAt and are given none.
        simplified: the fragment came in simplified form; attributes hold `{"simplified": value}`
            and take the stored attribute's kind.
    """

    fragment: Fragment
    language: str | None = None
    observed_at: str | None = None
    simplified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Append(_Command):
    """Append Attributes (§5.6.3); overwrite=False is the option noOverwrite."""

    fragment: Fragment
    overwrite: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Update(_Command):
    """Update Attributes (§5.6.2): adds what is missing, replaces what is there, deletes by Null."""

    fragment: Fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialUpdate(_Command):
    """Partial Attribute Update (§5.6.4) of one instance; members given are overwritten.

    Args:
        instance: members to overwrite, in stored form; `removed` members are deleted. Without
            "type" the stored kind is kept; {"deleted": True} deletes the instance.
        removed: names of members and IRIs of sub-attributes given as the NGSI-LD Null.
    """

    attribute: Iri
    instance: Instance
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceAttribute(_Command):
    """Replace Attribute (§5.6.19): the instance with the same datasetId."""

    attribute: Iri
    instance: Instance


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAttribute(_Command):
    """Delete Attribute (§5.6.5); `attribute` None means `scope`.

    Args:
        dataset_id: the instance meant; None: the default one.
        delete_all: all instances.
    """

    attribute: Iri | None
    dataset_id: DatasetId | None = None
    delete_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropAttributes(_Command):
    """What a purge leaves of one Entity (§5.6.21): drop these attributes, or keep only these."""

    attributes: frozenset[Iri]
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(_Command):
    """Delete Entity (§5.6.6)."""


Command: TypeAlias = (
    Create | Upsert | Replace | Merge | Append | Update | PartialUpdate | ReplaceAttribute
    | DeleteAttribute | DropAttributes | Delete
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUpdated:
    """One attribute that an operation left as it was, and why (§5.2.18 NotUpdatedDetails)."""

    attribute: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a command did.

    Args:
        change: what is to be written and notified; None where nothing changed.
        created: the Entity did not exist before.
        updated: names of attributes that were written (UpdateResult, §5.2.18).
        not_updated: attributes left alone, with reasons.
        findings: what is wrong with the Entity now, though it was written.
    """

    change: Change | None
    created: bool = False
    updated: tuple[Iri, ...] = ()
    not_updated: tuple[NotUpdated, ...] = ()
    findings: tuple[Finding, ...] = ()
