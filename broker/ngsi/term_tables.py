"""Term tables: what PyLD makes of a user's @context, core last, ready for look-ups (§4.4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from pyld import jsonld
from pyld.context_resolver import ContextResolver

from broker.ngsi import core_context
from broker.ngsi.errors import BadRequestData
from kit.json import JsonObject

_Mapping: TypeAlias = Mapping[str, object]

# A term whose values JSON-LD turns into typed literals names no attribute on output: an attribute
# is an object, and an object is no literal (§C.6).
_REFERENCES = (None, "@id", "@vocab", "@none")


@dataclass(frozen=True, slots=True)
class TermTables:
    """The meaning of terms, both ways.

    Args:
        terms: term → IRI, or JSON-LD keyword.
        prefixes: terms that may stand before a colon → start of the IRI.
        names: IRI → shortest term.
        coerced: IRI → shortest term, of terms with a datatype: in simplified form only.
        aliases: the user's words for keywords → `id` or `type`.
        ignored: terms that the user maps to null.
    """

    terms: Mapping[str, str]
    prefixes: Mapping[str, str]
    names: Mapping[str, str]
    coerced: Mapping[str, str]
    aliases: Mapping[str, str]
    ignored: frozenset[str]


def tables(user: Sequence[JsonObject]) -> TermTables:
    """Process context objects, core first as their ground and core last as their master.

    Raises:
        BadRequestData: PyLD finds that they are no JSON-LD context.
    """
    mappings = _mappings(user) if user else _core()
    terms = {
        term: iri
        for term, mapping in mappings.items()
        if isinstance(iri := mapping["@id"], str) and not mapping["reverse"]
    }
    core = core_context.terms()
    plain = {
        term: iri
        for term, iri in terms.items()
        if term in core or mappings[term].get("@type") in _REFERENCES
    }
    return TermTables(
        terms=terms,
        prefixes={term: iri for term, iri in terms.items() if mappings[term]["_prefix"]},
        names=_inverse(plain),
        coerced=_inverse({term: iri for term, iri in terms.items() if term not in plain}),
        aliases={
            term: iri[1:]
            for term, iri in terms.items()
            if iri in ("@id", "@type") and term not in core
        },
        ignored=frozenset(mappings.keys() - terms.keys()),
    )


def _inverse(terms: Mapping[str, str]) -> dict[str, str]:
    """Turn terms round; of several for one IRI the shortest counts, then the first."""
    names: dict[str, str] = {}
    for term in sorted(terms, key=lambda term: (len(term), term), reverse=True):
        if not terms[term].startswith("@"):
            names[terms[term]] = term
    return names


def _mappings(user: Sequence[JsonObject]) -> Mapping[str, _Mapping]:
    """Let PyLD process the user's objects over the core terms they may build on."""
    return {**_process([_core_object(), *user]), **_core()}


@cache
def _core() -> Mapping[str, _Mapping]:
    return _process([_core_object()])


def _core_object() -> JsonObject:
    """Produce core without its scoped context: proofs are kept as they come."""
    definitions = dict(core_context.definitions(core_context.CURRENT))
    return definitions | {"ngsildproof": "ngsi-ld:ngsildproof"}


def _process(objects: Sequence[JsonObject]) -> Mapping[str, _Mapping]:
    """Process context objects; a resolver of its own keeps one tenant's terms from another's."""
    options = {
        "base": "",
        "processingMode": "json-ld-1.1",
        "contextResolver": ContextResolver({}, _refuse_to_load),
    }
    processor = jsonld.JsonLdProcessor()
    try:
        initial = processor.process_context({"mappings": {}}, None, options)
        active = processor.process_context(initial, list(objects), options)
    except (jsonld.JsonLdError, TypeError, ValueError, KeyError, AttributeError) as error:
        # PyLD meets some malformed definitions with Python's own errors.
        reason = f": {error.args[0]}" if isinstance(error, jsonld.JsonLdError) else ""
        raise BadRequestData(
            f"The @context is not valid JSON-LD 1.1{reason}", where="/@context"
        ) from error
    mappings: Mapping[str, _Mapping] = active["mappings"]
    return mappings


def _refuse_to_load(url: str, _options: object) -> object:
    raise ValueError(f"The @context of {url} is not among the loaded ones")
