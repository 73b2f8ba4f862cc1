"""What the portal asks of the outside world beside the catalog itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from api_catalog.catalog.words import Words
from api_catalog.ports import ApiCatalog
from joint_use import OrganisationKind, Storage


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
class Portal:
    """The ports of the portal, handed to each of its pages."""

    catalog: ApiCatalog
    parties: Parties
