"""The @context of a model: its short names and their IRIs."""

from collections.abc import Iterable

from datamodels.model.model import Model
from kit.json import JsonObject, JsonValue

CONTEXT_VERSION = "v1"
"""The major version in a context's URL: what one URL says never changes its meaning."""

_CORE_TERMS = frozenset({"location", "description"})  # the core context has them and they win


def context_path(name: str) -> str:
    """Answer with the stable path at which a model's context is served.

    >>> context_path("AED")
    '/datamodels/contexts/v1/AED.jsonld'
    """
    return f"/datamodels/contexts/{CONTEXT_VERSION}/{name}.jsonld"


def context_of(models: Iterable[Model]) -> JsonObject:
    """Make the context document of one model or of several together.

    A name means the same in every model, so that contexts can be joined. IRIs are under NAMESPACE
    (`urn:renkei:datamodels:`), but for terms that Smart Data Models bears with the same meaning.

    Spec: CIM 009 §4.4; JSON-LD 1.1 §4.1
    """
    terms: dict[str, JsonValue] = {}
    for model in models:
        terms[model.type] = model.iri
        terms.update((name, model.iri_of(name)) for name in (*model.attributes, *model.iris))
    named = {name: iri for name, iri in terms.items() if name not in _CORE_TERMS}
    return {"@context": dict(sorted(named.items()))}


def to_iris(document: JsonObject, model: Model) -> JsonObject:
    """Write an entity's type and attributes as IRIs, so that it needs no @context.

    Core terms keep their short name: every broker knows them.
    """
    renamed: JsonObject = {"id": document["id"], "type": model.iri}
    for name, value in document.items():
        if name not in {"id", "type", "@context"}:
            renamed[name if name in _CORE_TERMS else _iri(name, model)] = value
    return renamed


def to_names(document: JsonObject, model: Model) -> JsonObject:
    """Write an entity's type and attributes by the model's names, others as they are."""
    names = {model.iri_of(name): name for name in (*model.attributes, *model.iris)}
    names[model.iri] = model.type
    renamed: JsonObject = {}
    for name, value in document.items():
        if name == "type":
            renamed[name] = _names_of_types(value, names)
        else:
            renamed[names.get(name, name)] = value
    return renamed


def _iri(name: str, model: Model) -> str:
    return name if ":" in name else model.iri_of(name)


def _names_of_types(value: JsonValue, names: dict[str, str]) -> JsonValue:
    if isinstance(value, list):
        return [names.get(str(item), str(item)) for item in value]
    return names.get(str(value), str(value))
