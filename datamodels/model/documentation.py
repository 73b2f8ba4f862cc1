"""What pages and programs are told of a model: everything that its source says."""

from datamodels.model.compatibility import Difference, fingerprint
from datamodels.model.contexts import context_path
from datamodels.model.model import Column, Model
from kit.json import JsonObject


def summary_of(model: Model) -> JsonObject:
    """Describe a model in a line of a list."""
    return {
        "type": model.type,
        "version": model.version,
        "field": model.field,
        "name": {"ja": model.name_ja, "en": model.name_en},
        "iri": model.iri,
        "personal": model.personal,
        "columns": len(model.columns),
        "links": {
            "self": f"/datamodels/models/{model.type}",
            "schema": f"/datamodels/models/{model.type}/schema",
            "example": f"/datamodels/models/{model.type}/example",
            "context": context_path(model.type),
        },
    }


def document_of(model: Model) -> JsonObject:
    """Describe a model with all of its columns."""
    return {
        **summary_of(model),
        "source": model.source,
        "licence": model.licence,
        "smartDataModel": None if model.subject is None else model.iri,
        "key": list(model.key),
        "queryable": list(model.queryable),
        "fingerprint": fingerprint(model),
        "columns": [_column(model, column) for column in model.columns],
    }


def difference_of(difference: Difference) -> JsonObject:
    """Describe one change between two versions."""
    return {
        "effect": difference.effect.name.lower(),
        "where": difference.where,
        "change": {"ja": difference.words.ja, "en": difference.words.en},
    }


def _column(model: Model, column: Column) -> JsonObject:
    said: JsonObject = {
        "ja": column.ja,
        "en": column.en,
        "kind": column.kind.value,
        "attribute": column.attribute,
        "iri": model.iri_of(column.attribute),
        "required": column.required,
        "national": not column.ours,
        "language": column.language,
        "values": None if column.vocabulary is None else list(column.vocabulary.values),
        "unit": column.unit,
        "unitCode": column.unit_code,
        "minimum": column.minimum,
        "maximum": column.maximum,
        "digits": column.digits,
        "aliases": list(column.aliases) or None,
        "example": model.examples.get(column.en),
    }
    return {name: value for name, value in said.items() if value is not None}
