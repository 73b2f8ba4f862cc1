"""What of the Entities that a query finds is kept in a Snapshot, and what became of the query."""

from dataclasses import replace

from broker.ngsi.entity import Entity, Instance
from broker.ngsi.errors import NgsiLdError, OperationNotSupported
from broker.ngsi.names import DEFAULT_DATASET
from broker.ngsi.representations import Presentation
from broker.ngsi.snapshot import QueryResult, ResultStatus


def kept(entity: Entity, how: Presentation) -> Entity:
    """Give the Entity with the attributes that the query retrieves; id and types always stay.

    Spec: CIM 009 §5.16.1.4 (what is retrieved is stored)
    """
    attributes = {}
    for iri, instances in entity.attributes.items():
        found = _of_datasets(instances, how.dataset_ids) if how.keeps_attribute(iri) else []
        if found:
            attributes[iri] = found
    scopes = entity.scopes if how.keeps("scope") else ()
    return replace(entity, attributes=attributes, scopes=scopes)


def _of_datasets(instances: list[Instance], wanted: frozenset[str] | None) -> list[Instance]:
    if wanted is None:
        return instances
    return [one for one in instances if one.get("datasetId", DEFAULT_DATASET) in wanted]


def found(count: int) -> QueryResult:
    """Say what became of a query that found so many entities (§5.2.42)."""
    return QueryResult(status=ResultStatus.SUCCESS if count else ResultStatus.EMPTY)


def failed(error: NgsiLdError) -> QueryResult:
    """Say why a query failed (§5.2.42, §5.5.3)."""
    problem = {"type": error.error_type.uri, "title": error.title, "detail": error.detail}
    if error.where is not None:
        problem["where"] = error.where
    return QueryResult(status=ResultStatus.FAILURE, problem=dict(problem))


NO_TEMPORAL = failed(
    OperationNotSupported("Temporal queries are not executed: there is no temporal API here")
)
"""What becomes of every temporal query."""
