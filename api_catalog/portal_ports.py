"""What the portal asks of the outside world beside the catalog itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from api_catalog.catalog.words import Words
from api_catalog.ports import ApiCatalog
from datamodels import Model
from joint_use import OrganisationKind, Storage
from kit.json import JsonObject, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantShown:
    """A tenant as the portal shows it.

    Args:
        municipality: its code.
        owner: the organisation that it belongs to, by its name.
    """

    name: str
    title: Words
    storage: Storage
    municipality: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerShown:
    """An organisation as the portal shows it.

    Args:
        municipality: the name of the one that it is in or works for; `code`: its code.
    """

    key: str
    title: Words
    kind: OrganisationKind
    municipality: Words
    code: str


class Parties(Protocol):
    """Who takes part."""

    async def tenants(self, *, after: str, limit: int) -> Sequence[TenantShown]:
        """List tenants that are in use, in order of name, those after a name."""
        ...

    async def tenants_of(self, owner: str) -> Sequence[TenantShown]:
        """List those of an organisation, in order of name."""
        ...

    async def tenant(self, name: str) -> TenantShown | None:
        """Answer with one that is in use; None where there is none."""
        ...

    async def owner(self, key: str) -> OwnerShown | None:
        """Answer with an organisation; None where it takes no part."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record of a dataset.

    Args:
        values: by the English names of its model's columns.
        place: a GeoJSON geometry; None: it has none.
    """

    id: str
    values: Mapping[str, JsonValue]
    place: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A part of a dataset's records, in order of id, and how many there are."""

    some: Sequence[Record]
    total: int


class Data(Protocol):
    """The records of datasets, as anybody may read them."""

    async def records(
        self, tenant: str, model: Model, *, limit: int, offset: int = 0
    ) -> Records | None:
        """Read a part of a tenant's records of a model; None: not for anybody, or not kept here.

        Raises:
            PageRefused: the tenant is asked more often than it may be.
        """
        ...


class Models(Protocol):
    """The standard data models."""

    @property
    def models(self) -> Sequence[Model]:
        """The current models, by name."""
        ...

    def named(self, name: str, version: str | None = None) -> Model:
        """Answer with one model; small and capital letters make no difference.

        Raises:
            UnknownModel: there is none of that name or version.
        """
        ...

    def versions(self, name: str) -> Sequence[Model]:
        """Answer with all versions of a model, the latest first.

        Raises:
            UnknownModel: there is none of that name.
        """
        ...


class Descriptions(Protocol):
    """The OpenAPI documents of APIs."""

    async def of(self, url: str) -> JsonObject | None:
        """Answer with the document at an address; None: it cannot be had now, or is none."""
        ...


class Trying(Protocol):
    """The sandbox, in which anybody may try the API."""

    async def tenant(self) -> str | None:
        """Answer with its tenant; None: there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """Where the background of maps comes from.

    Args:
        url: of a tile, with {z}, {x} and {y}.
        attribution: whose map it is.
    """

    url: str
    attribution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """The ports of the portal, handed to each of its pages.

    Args:
        tiles: None: maps have a plain background.
    """

    catalog: ApiCatalog
    parties: Parties
    data: Data
    models: Models
    descriptions: Descriptions
    sandbox: Trying
    tiles: Tiles | None = None
