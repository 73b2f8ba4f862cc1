"""Type combinations by number: entity rows hold the number, entity_kind the types."""

from collections.abc import Iterable, Mapping

from broker.ngsi.names import Iri
from broker.store.inside import Inside

_READ_ALL = "SELECT kind, types FROM entity_kind WHERE tenant = $1"
_ADD = """
INSERT INTO entity_kind (tenant, types) VALUES ($1, $2) ON CONFLICT (tenant, types) DO NOTHING"""
_FIND = "SELECT kind FROM entity_kind WHERE tenant = $1 AND types = $2"


class Kinds:
    """What one tenant's kinds are called, as far as this process has met them.

    A number never changes its types, so what was learnt after a commit stays true.
    """

    __slots__ = ("_numbers", "_types")

    def __init__(self) -> None:
        self._types: dict[int, tuple[Iri, ...]] = {}
        self._numbers: dict[tuple[Iri, ...], int] = {}

    def types(self, kind: int) -> tuple[Iri, ...] | None:
        """Answer with the types of a kind, or None where it was not met yet."""
        return self._types.get(kind)

    def known(self) -> Mapping[int, tuple[Iri, ...]]:
        """Answer with all kinds met so far."""
        return self._types

    async def learn(self, connection: Inside, tenant: int) -> None:
        """Read the kinds of a tenant; the connection has entered it."""
        for kind, types in await connection.fetch(_READ_ALL, tenant):
            self._know(kind, tuple(map(Iri, types)))

    async def numbers(
        self, connection: Inside, tenant: int, wanted: Iterable[tuple[Iri, ...]]
    ) -> Mapping[tuple[Iri, ...], int]:
        """Answer with the number of each combination, in whatever order its types come.

        A new one is inserted in the running transaction, and known only once it is committed:
        call `learn` or ask again after that.
        """
        known = self._numbers
        result = {}
        for types in wanted:
            number = known.get(types)
            if number is None:
                number = await self._number(connection, tenant, tuple(sorted(set(types))))
            result[types] = number
        return result

    def keep(self, numbers: Mapping[tuple[Iri, ...], int]) -> None:
        """Remember numbers whose transaction is committed."""
        for types, kind in numbers.items():
            if types not in self._numbers:
                self._know(kind, tuple(sorted(set(types))))
                self._numbers[types] = kind

    async def _number(self, connection: Inside, tenant: int, types: tuple[Iri, ...]) -> int:
        number = self._numbers.get(types)
        if number is None:
            await connection.execute(_ADD, tenant, types)
            number = await connection.fetchval(_FIND, tenant, types)
        return number

    def _know(self, kind: int, types: tuple[Iri, ...]) -> None:
        self._types[kind] = types
        self._numbers[types] = kind
