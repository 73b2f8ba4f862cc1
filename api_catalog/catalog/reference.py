"""Reference: what an OpenAPI document says, in the form in which people read it.

The documents are others': whatever of one cannot be read is left out, and bounds hold.

Spec: OpenAPI Specification 3.1; 3.0 is read too
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from api_catalog.catalog.examples import example_of, written
from api_catalog.catalog.json_pointing import list_of, object_of, resolved, text_of
from api_catalog.catalog.schema_rows import SchemaRow, rows_of, type_of
from kit.json import JsonObject

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_MOST_OPERATIONS = 500
_NO_SLUG = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What is sent with a request beside its body.

    Args:
        place: path, query, header or cookie.
        values: those that are right, where they are listed.
    """

    name: str
    place: str
    is_required: bool
    type: str
    description: str = ""
    values: Sequence[str] = ()
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a body is, in one media type.

    Args:
        schema: the name of its schema, where it has one.
    """

    media_type: str
    schema: str = ""
    rows: Sequence[SchemaRow] = ()
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer of an operation."""

    status: str
    description: str
    contents: Sequence[Content] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of an API.

    Args:
        slug: names it in addresses.
        group: the first of its tags.
    """

    slug: str
    method: str
    path: str
    summary: str
    description: str
    group: str
    parameters: Sequence[Parameter]
    is_body_required: bool
    contents: Sequence[Content]
    answers: Sequence[Answer]
    is_deprecated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One operation in a line of a list."""

    slug: str
    method: str
    path: str
    summary: str
    group: str
    is_deprecated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An OpenAPI document as it is listed."""

    title: str
    version: str
    description: str
    outlines: Sequence[Outline]

    @property
    def groups(self) -> Mapping[str, Sequence[Outline]]:
        """The operations by the first of their tags."""
        groups: dict[str, list[Outline]] = {}
        for one in self.outlines:
            groups.setdefault(one.group, []).append(one)
        return groups


def reference_of(document: JsonObject, endpoint: str) -> Reference:
    """List what a document says of an endpoint.

    Where the document's paths begin with that of the endpoint, those alone are meant.
    """
    info = object_of(document.get("info"))
    outlines = [
        Outline(
            slug=_slug(method, path),
            method=method.upper(),
            path=path,
            summary=text_of(operation.get("summary")) or text_of(operation.get("operationId")),
            group=_group(operation),
            is_deprecated=operation.get("deprecated") is True,
        )
        for method, path, operation, _ in _operations(document, endpoint)
    ]
    return Reference(
        title=text_of(info.get("title")),
        version=text_of(info.get("version")),
        description=text_of(info.get("description")) or text_of(info.get("summary")),
        outlines=outlines[:_MOST_OPERATIONS],
    )


def operation_of(document: JsonObject, endpoint: str, slug: str) -> Operation | None:
    """Read one operation wholly; None: the document has none of this name."""
    for method, path, operation, shared in _operations(document, endpoint):
        if _slug(method, path) == slug:
            return _whole(document, method, path, operation, shared)
    return None


def _operations(
    document: JsonObject, endpoint: str
) -> Iterator[tuple[str, str, JsonObject, JsonObject]]:
    """Yield method, path, operation and what the path's operations share."""
    paths = object_of(document.get("paths"))
    base = urlsplit(endpoint).path.rstrip("/")
    under = [path for path in paths if base and (path + "/").startswith(base + "/")]
    for path in under or paths:
        shared = resolved(document, paths[path])
        for method in _METHODS:
            if method in shared:
                yield method, path, object_of(shared[method]), shared


def _whole(
    document: JsonObject, method: str, path: str, operation: JsonObject, shared: JsonObject
) -> Operation:
    body = resolved(document, operation.get("requestBody"))
    answers = object_of(operation.get("responses"))
    given = {(one.place, one.name): one for one in _parameters(document, shared)}
    given.update({(one.place, one.name): one for one in _parameters(document, operation)})
    return Operation(
        slug=_slug(method, path),
        method=method.upper(),
        path=path,
        summary=text_of(operation.get("summary")) or text_of(operation.get("operationId")),
        description=text_of(operation.get("description")),
        group=_group(operation),
        parameters=list(given.values()),
        is_body_required=body.get("required") is True,
        contents=_contents(document, body),
        answers=[
            Answer(
                status=status,
                description=text_of((answer := resolved(document, told)).get("description")),
                contents=_contents(document, answer),
            )
            for status, told in answers.items()
        ],
        is_deprecated=operation.get("deprecated") is True,
    )


def _parameters(document: JsonObject, holder: JsonObject) -> Iterator[Parameter]:
    for one in list_of(holder.get("parameters")):
        parameter = resolved(document, one)
        schema = resolved(document, parameter.get("schema"))
        example = parameter.get("example", schema.get("example"))
        yield Parameter(
            name=text_of(parameter.get("name")),
            place=text_of(parameter.get("in")),
            is_required=parameter.get("required") is True,
            type=type_of(document, schema),
            description=text_of(parameter.get("description")),
            values=[str(value) for value in list_of(schema.get("enum"))],
            example="" if example is None else str(example),
        )


def _contents(document: JsonObject, holder: JsonObject) -> Sequence[Content]:
    contents = []
    for media_type, told in object_of(holder.get("content")).items():
        content = object_of(told)
        schema = content.get("schema")
        name = text_of(object_of(schema).get("$ref")).rpartition("/")[2]
        contents.append(
            Content(
                media_type=media_type,
                schema=name,
                rows=rows_of(document, schema),
                example=_example(document, content),
            )
        )
    return contents


def _example(document: JsonObject, content: JsonObject) -> str:
    if "example" in content:
        return written(content["example"])
    for one in object_of(content.get("examples")).values():
        return written(resolved(document, one).get("value"))
    made = example_of(document, content.get("schema"))
    return "" if made in (None, {}, [], "") else written(made)


def _group(operation: JsonObject) -> str:
    tags = list_of(operation.get("tags"))
    return text_of(tags[0]) if tags else ""


def _slug(method: str, path: str) -> str:
    """Name an operation in addresses.

    >>> _slug("get", "/ngsi-ld/v1/entities/{entityId}")
    'get-ngsi-ld-v1-entities-entityId'
    """
    return f"{method}-{_NO_SLUG.sub('-', path).strip('-')}".rstrip("-")
