"""Context: one request's JSON-LD @context as term tables, for look-ups (§4.4, §5.5.7).

The user's @context is read first and the core one as if it came last: a core term always means
what the core @context says, wherever it stands. So a user's `@vocab` completes the user's own
definitions (`"name": {"@type": "@id"}`) and no more: a name that no term maps falls under core's
`@vocab`, the default vocabulary, and comes back short under every @context that does not claim the
short name for another IRI; under one that does it is printed as `ngsi-ld:default-context/name`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from broker.ngsi import core_context
from broker.ngsi.errors import BadRequestData
from broker.ngsi.names import DEFAULT_VOCABULARY, NGSI_LD, Iri, Term
from broker.ngsi.term_tables import TermTables, tables
from broker.ngsi.user_context import flatten
from broker.ngsi.values import is_uri
from kit.json import JsonObject, JsonValue

_Text = TypeVar("_Text", bound=str)

_MEMO = 4096  # names kept per table and @context; the table starts afresh when it is full
_MEMO_LENGTH = 512  # a longer name is not worth keeping

# Members of the standard that are not reified or carry an attribute's value: no attribute may be
# named so (§4.5.1), in whichever spelling.
_RESERVED = """
    value object languageMap vocab json valueList objectList
    previousValue previousObject previousLanguageMap previousVocab previousJson
    previousValueList previousObjectList entity entityList dataset
    datasetId instanceId observedAt createdAt modifiedAt deletedAt expiresAt
    unitCode valueType objectType lang scope entityIdSealed entityTypeSealed
"""


def _reserved_iris() -> frozenset[str]:
    definitions = core_context.definitions(core_context.CURRENT)
    iris = set()
    for name in _RESERVED.split():
        definition = definitions.get(name, name)
        local = definition["@id"] if isinstance(definition, dict) else definition
        iris |= {NGSI_LD + name, NGSI_LD + str(local).removeprefix("ngsi-ld:")}
    return frozenset(iris)


_RESERVED_IRIS = _reserved_iris()


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """An effective @context: names into IRIs and back.

    Args:
        user: the user's @context as it was given; None: the core one alone.
        tables: what its terms mean.
        attribute_names: memo of `attribute`, public so that loops can look into it first.
        short_names: memo of `compact`, likewise.
    """

    user: JsonValue
    tables: TermTables = field(repr=False)
    attribute_names: dict[str, Iri] = field(default_factory=dict, repr=False)
    short_names: dict[str, str] = field(default_factory=dict, repr=False)
    _type_names: dict[str, Iri] = field(default_factory=dict, repr=False)

    @property
    def reference(self) -> JsonValue:
        """What a body's `@context` member says: the user's @context, or the core one (§5.2.3)."""
        return self.user if self.user not in (None, []) else core_context.CORE_URL

    @property
    def link(self) -> str | None:
        """The one URL that a Link header can carry; None where the broker has to host one."""
        reference = self.reference
        if isinstance(reference, list) and len(reference) == 1:
            reference = reference[0]
        return reference if isinstance(reference, str) else None

    @property
    def aliases(self) -> Mapping[str, str]:
        """The user's own words for `id` and `type`; mostly empty."""
        return self.tables.aliases

    def expand(self, term: Term | str) -> Iri:
        """Expand a name without judging it: term, prefixed name, IRI, else the default vocabulary.

        Spec: CIM 009 §5.5.7

        >>> core().expand("AED")
        'https://uri.etsi.org/ngsi-ld/default-context/AED'
        """
        known = self.tables.terms.get(term, "")
        if known:
            return Iri(known)
        prefix, colon, rest = term.partition(":")
        if colon and not rest.startswith("//"):
            start = self.tables.prefixes.get(prefix)
            if start:
                return Iri(start + rest)
        if colon and is_uri(term):
            return Iri(term)
        return Iri(DEFAULT_VOCABULARY + term)

    def attribute(self, name: Term | str) -> Iri:
        """Expand the name of an attribute or sub-attribute.

        Spec: CIM 009 §4.5.1, §4.6.2

        Raises:
            BadRequestData: it breaks the grammar of names, or is reserved.
        """
        iri = self.attribute_names.get(name)
        if iri is None:
            iri = self._judged(name, "attribute")
            if iri in _RESERVED_IRIS:
                raise BadRequestData(
                    f"{name!r} is a member that the standard defines; right would be another name"
                )
            _remember(self.attribute_names, name, iri)
        return iri

    def entity_type(self, name: Term | str) -> Iri:
        """Expand the name of an Entity Type.

        Spec: CIM 009 §4.6.2

        Raises:
            BadRequestData: it breaks the grammar of names.
        """
        iri = self._type_names.get(name)
        if iri is None:
            iri = self._judged(name, "type")
            _remember(self._type_names, name, iri)
        return iri

    def expand_vocab(self, text: str) -> Iri:
        """Expand a value that is coerced into an IRI: vocab, objectType, valueType (§4.5.20).

        Raises:
            BadRequestData: it is empty, or means a keyword of JSON-LD.
        """
        iri = self.expand(text) if text else Iri("@")
        if iri.startswith("@"):
            raise BadRequestData(
                f"{text!r} cannot be read as an IRI; right would be a term or a URI"
            )
        return iri

    def compact(self, iri: Iri | str) -> str:
        """Compact an IRI into the name this @context has for it, else print it in full (§5.5.7).

        >>> core().compact("https://uri.etsi.org/ngsi-ld/default-context/AED")
        'AED'
        """
        name = self.short_names.get(iri)
        if name is None:
            name = self._shortest(iri)
            _remember(self.short_names, iri, name)
        return name

    compact_vocab = compact

    def compact_simplified(self, iri: Iri | str) -> str:
        """Compact a name in simplified form, where terms with a datatype serve too (§C.6)."""
        return self.tables.coerced.get(iri) or self.compact(iri)

    def _judged(self, name: str, what: str) -> Iri:
        """Expand a name and judge both it and what it expands to."""
        iri = self.expand(name) if _is_name(name) or is_uri(name) else None
        if iri is None or not is_uri(iri) or name in self.tables.ignored:
            raise BadRequestData(
                f"The {what} name {name!r} is neither a name of letters, digits and _ that starts"
                " with a letter (with or without a prefix) nor a URI"
            )
        return iri

    def _shortest(self, iri: str) -> str:
        """Find the shortest name that expands back into the IRI: term, suffix, prefixed name."""
        term = self.tables.names.get(iri)
        if term:
            return term
        suffix = iri.removeprefix(DEFAULT_VOCABULARY)
        if suffix != iri and self.expand(suffix) == iri:
            return suffix
        short = [
            name
            for prefix, start in self.tables.prefixes.items()
            if iri.startswith(start) and self.expand(name := f"{prefix}:{iri[len(start) :]}") == iri
        ]
        return min(short, key=lambda name: (len(name), name), default=iri)


def build_context(user: JsonValue, documents: Mapping[str, JsonObject]) -> Context:
    """Build the effective @context of a user's one; `documents` holds what its URLs lead to.

    Spec: CIM 009 §4.4, §5.5.7

    Raises:
        BadRequestData: it is no JSON-LD @context, or has scoped contexts.
        LdContextNotAvailable: `documents` lacks one that is needed.
    """
    objects = flatten(user, documents)
    return Context(user, tables(objects)) if objects else Context(user, core().tables)


@cache
def core() -> Context:
    """Build the core @context alone: what counts where a request gives none (§5.5.5)."""
    return Context(None, tables([]))


def _remember(memo: dict[str, _Text], key: str, value: _Text) -> None:
    if len(memo) >= _MEMO:
        memo.clear()
    if len(key) <= _MEMO_LENGTH:
        memo[key] = value


def _is_name(text: str) -> bool:
    """Tell whether a text is `name` or `prefix:name` (§4.6.2).

    >>> _is_name("収容人数"), _is_name("ex:speed"), _is_name("9lives")
    (True, True, False)
    """
    parts = text.split(":")
    return len(parts) <= 2 and all(
        part[:1].isalpha() and part.replace("_", "a").isalnum() for part in parts
    )
