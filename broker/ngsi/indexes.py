"""Indexes that an operator declares: which path, how far they are, and how a path is spelt."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from broker.ngsi.contexts import Context
from broker.ngsi.names import Term
from broker.ngsi.q.parser import parse_path
from broker.ngsi.q.reader import Reader
from broker.ngsi.q.syntax import Path
from broker.ngsi.values import require_uri

_WHERE = "path"
_IRI = re.compile(r"urn:[^\[]*|[^\[]*/[^\[]*")


class IndexStage(Enum):
    """How far an index is."""

    FILLING = "filling"  # new writes are indexed, earlier ones follow; queries do without
    COMPLETE = "complete"
    WITHDRAWN = "withdrawn"  # queries do without; it goes


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredIndex:
    """One declared path of a tenant.

    Args:
        filled_to: while it is filled, the id of the last Entity that is indexed; "": none yet.
    """

    path: Path
    stage: IndexStage
    declared_at: datetime
    filled_to: str = ""


def read_path(text: str, context: Context) -> Path:
    """Read a path: in the names of a @context as in q, or the IRI of an attribute, then keys.

    Raises:
        BadRequestData: it is neither, or leads into linked entities.

    >>> from broker.ngsi.contexts import core
    >>> read_path("https://a.example/address[city]", core())
    Path(attributes=('https://a.example/address',), member=None, keys=('city',))
    """
    found = _IRI.match(text)
    if found is None:
        return parse_path(text, context.expand, where=_WHERE)
    require_uri(found[0], what="The attribute", where=_WHERE)
    reader = Reader.of(text, _WHERE)
    reader.at = found.end()
    keys = reader.keys() if reader.take("[") else ()
    if not reader.at_end():
        raise reader.error("stands where the path should end")
    return Path((context.expand(Term(found[0])),), keys=keys)


def spell(path: Path, context: Context) -> str:
    """Write a path in the names of a @context; an attribute that it has none for as an IRI.

    >>> from broker.ngsi.contexts import core
    >>> spell(Path((core().expand("temperature"),), "observedAt"), core())
    'temperature.observedAt'
    """
    names = [context.compact(attribute) for attribute in path.attributes]
    if path.member is not None:
        names.append(path.member)
    keys = f"[{'.'.join(path.keys)}]" if path.keys else ""
    return ".".join(names) + keys
