"""OpenAPI documents as people read them; they are others', so nothing in them may do harm."""

from hypothesis import given, settings
from hypothesis import strategies as st

from api_catalog.catalog.examples import example_of
from api_catalog.catalog.reference import operation_of, reference_of
from api_catalog.catalog.schema_rows import rows_of, type_of
from kit.json import JsonObject, JsonValue

POINT: JsonObject = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": "integer", "minimum": 1, "description": "How many"},
        "kind": {"enum": ["given", "used"]},
        "next": {"$ref": "#/components/schemas/Point"},
    },
}
DOCUMENT: JsonObject = {
    "openapi": "3.1.0",
    "info": {"title": "Points", "version": "2.0"},
    "paths": {
        "/v1/points": {
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                {"name": "shop", "in": "query", "schema": {"type": "string"}},
            ],
            "post": {
                "operationId": "give",
                "tags": ["Points"],
                "parameters": [
                    {"name": "limit", "in": "query", "required": True, "schema": {"enum": [1, 2]}}
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Point"}}
                    },
                },
                "responses": {"201": {"$ref": "#/components/responses/Given"}},
            },
        },
        "/admin": {"get": {"summary": "Not of this endpoint", "deprecated": True}},
    },
    "components": {
        "schemas": {"Point": POINT},
        "responses": {"Given": {"description": "given"}},
    },
}


def test_of_a_document_that_tells_of_several_apis_the_endpoints_own_is_shown() -> None:
    reference = reference_of(DOCUMENT, "https://points.example/v1")
    assert (reference.title, reference.version) == ("Points", "2.0")
    assert [(one.method, one.path, one.summary) for one in reference.outlines] == [
        ("POST", "/v1/points", "give")
    ]
    whole = reference_of(DOCUMENT, "https://points.example/elsewhere")
    assert [one.path for one in whole.outlines] == ["/v1/points", "/admin"]
    assert set(whole.groups) == {"Points", ""}


def test_an_operation_tells_parameters_body_and_answers_with_references_followed() -> None:
    found = operation_of(DOCUMENT, "", "post-v1-points")
    assert found is not None
    told = [(one.name, one.is_required, list(one.values)) for one in found.parameters]
    assert told == [("limit", True, ["1", "2"]), ("shop", False, [])]
    (body,) = found.contents
    assert (body.schema, found.is_body_required) == ("Point", True)
    assert [(one.name, one.depth) for one in body.rows][:4] == [
        ("amount", 0),
        ("kind", 0),
        ("next", 0),
        ("amount", 1),
    ]
    assert body.rows[0].is_required
    assert body.rows[0].bounds == "≥ 1"
    assert body.example.startswith('{\n  "amount": 0,\n  "kind": "given"')
    assert [(one.status, one.description) for one in found.answers] == [("201", "given")]
    assert operation_of(DOCUMENT, "", "get-nothing") is None


def test_schemas_that_contain_themselves_come_to_an_end() -> None:
    wide: JsonObject = {f"p{number}": {"$ref": "#/S"} for number in range(100)}
    document: JsonObject = {
        "S": {"properties": wide},
        "L": {"type": "array", "items": {"$ref": "#/L"}},
        "R": {"$ref": "#/R"},
    }
    for name in document:
        schema: JsonObject = {"$ref": f"#/{name}"}
        assert len(rows_of(document, schema)) <= 150
        assert len(type_of(document, schema)) < 100
        example_of(document, schema)


WORDS = (
    *("paths", "/a", "get", "parameters", "schema", "$ref", "items", "allOf", "anyOf"),
    *("properties", "responses", "content", "requestBody", "tags", "enum", "required"),
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=150)
@given(ANY_JSON)
def test_no_document_breaks_the_reading(paths: JsonValue) -> None:
    document: JsonObject = {"paths": {"/a": {"get": paths}, "/b": paths}, "info": paths}
    for one in reference_of(document, "https://example.jp/a").outlines:
        assert operation_of(document, "https://example.jp/a", one.slug) is not None
