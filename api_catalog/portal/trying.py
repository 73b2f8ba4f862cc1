"""Trying an operation in the sandbox: what a reader fills in, and what stands there at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import orjson

from api_catalog.catalog.reference import Operation
from api_catalog.catalog.trying import SANDBOX, is_tried
from datamodels import Model, example_of
from kit.json import JsonValue

SAMPLE = "PublicFacility"
"""The model of what is tried at first."""

_ASKED = ("type", "id", "q", "limit", "options")
_FIRST = {"type": SAMPLE, "limit": "5", "options": "keyValues"}
_SAMPLE_ATTRIBUTE = "remarks"
_ATTRIBUTE: JsonValue = {"type": "Property", "value": "sandbox"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank:
    """One part of a request that is filled in."""

    name: str
    place: str
    value: str
    about: str
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A request to be tried.

    Args:
        path: in the sandbox, with its variable parts in braces.
        body: None: it has none.
    """

    method: str
    path: str
    blanks: Sequence[Blank]
    body: str | None

    @property
    def address(self) -> str:
        """The path with what stands in the blanks at first, as it stands in a line to paste."""
        path, query = self.path, {}
        for one in self.blanks:
            if one.place == "path":
                path = path.replace(f"{{{one.name}}}", quote(one.value, safe=":"))
            elif one.value:
                query[one.name] = one.value
        return f"{path}?{urlencode(query)}" if query else path


def trial_of(operation: Operation, model: Model) -> Trial | None:
    """Prepare an operation to be tried; None: it is not in the sandbox."""
    if not is_tried(operation.path):
        return None
    sample = example_of(model)
    first = {
        **(_FIRST if operation.method == "GET" else {}),
        "entityId": str(sample["id"]),
        "attributeName": _SAMPLE_ATTRIBUTE,
        "name": model.type if "/types" in operation.path else _SAMPLE_ATTRIBUTE,
    }
    asks_entities = operation.path.endswith("/entities")
    blanks = [
        Blank(
            name=one.name,
            place=one.place,
            value=first.get(one.name, "") if one.place == "path" or asks_entities else "",
            about=one.description,
            values=one.values,
        )
        for one in operation.parameters
        if one.place == "path" or (one.place == "query" and one.name in _ASKED)
    ]
    body = _body(operation, model) if operation.contents else None
    return Trial(
        method=operation.method,
        path=SANDBOX + operation.path,
        blanks=sorted(blanks, key=_order),
        body=None if body is None else orjson.dumps(body, option=orjson.OPT_INDENT_2).decode(),
    )


def _order(blank: Blank) -> int:
    return -1 if blank.place == "path" else _ASKED.index(blank.name)


def _body(operation: Operation, model: Model) -> JsonValue:
    """Write a body that is right, for something that is in the sandbox or may be."""
    tail = operation.path.removeprefix("/ngsi-ld/v1")
    new = {**example_of(model), "id": f"urn:ngsi-ld:{model.type}:try-1"}
    if tail == "/entities":
        return new
    if tail.endswith("/query"):
        return {"type": "Query", "entities": [{"type": model.type}]}
    if tail.endswith("/delete"):
        return [str(new["id"])]
    if tail.startswith("/entityOperations/"):
        return [new]
    if "/attrs/" in tail:
        return _ATTRIBUTE
    if tail.endswith("/attrs") or operation.method == "PATCH":
        return {_SAMPLE_ATTRIBUTE: _ATTRIBUTE}
    return {"id": str(example_of(model)["id"]), "type": model.type, _SAMPLE_ATTRIBUTE: _ATTRIBUTE}
