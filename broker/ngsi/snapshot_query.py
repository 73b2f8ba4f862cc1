"""The query that chooses Snapshots to be purged: q over a Snapshot's own members (§5.16.7)."""

from datetime import datetime

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import EntityId, Iri
from broker.ngsi.q.evaluate import Sight, holds
from broker.ngsi.q.parser import parse_query
from broker.ngsi.q.syntax import Path, Query, terms_of
from broker.ngsi.snapshot import Snapshot, snapshot_document
from broker.ngsi.snapshot_reading import MEMBERS

_WHERE = "q"


def parse_snapshot_query(text: str) -> Query:
    """Read a query over members of Snapshots.

    Spec: CIM 009 §5.16.7.4, §4.9
    Raises:
        BadRequestData: it is malformed, or names what is no member of a Snapshot.
    """
    query = parse_query(text, Iri, where=_WHERE)
    for term in terms_of(query):
        if not isinstance(term.path, Path):
            raise BadRequestData("A Snapshot links to no other; q has braces", where=_WHERE)
        attributes, member = term.path.attributes, term.path.member
        name = attributes[0] if attributes else str(member)
        if name not in MEMBERS or len(attributes) > 1 or (attributes and member):
            raise BadRequestData(
                f"A Snapshot has no member {name!r} of this form; right would be "
                "snapshotPriority<3",
                where=_WHERE,
            )
    return query


def matches_query(query: Query, snapshot: Snapshot, now: datetime) -> bool:
    """Tell whether a Snapshot satisfies a query; its members count as Properties."""
    attributes: dict[Iri, list[Instance]] = {
        Iri(name): [{"type": "Property", "value": value}]
        for name, value in snapshot_document(snapshot).items()
    }
    as_entity = Entity(
        id=EntityId(snapshot.id),
        types=(Iri("Snapshot"),),
        attributes=attributes,
        created_at=snapshot.created_at,
        modified_at=snapshot.modified_at,
        expires_at=snapshot.expires_at,
    )
    return holds(query, as_entity, Sight(now))
