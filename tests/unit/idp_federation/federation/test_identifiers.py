import pytest

from idp_federation.federation.errors import InvalidRequest
from idp_federation.federation.identifiers import (
    EntityId,
    configuration_url,
    entity_id,
    host_of,
    is_https_url,
    statement_url,
)


@pytest.mark.parametrize(
    "text",
    [
        "https://city.example",
        "https://city.example/",
        "https://city.example:8443/idp/a%20b",
        "https://192.0.2.1/idp",
        "https://[2001:db8::1]:443/",
    ],
)
def test_an_https_url_with_host_port_and_path_is_an_entity_identifier(text: str) -> None:
    assert entity_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "http://city.example",
        "HTTPS://city.example",
        "https://",
        "https:///path",
        "https://city.example?x=1",
        "https://city.example#x",
        "https://user@city.example",
        "https://user:pw@city.example",
        "https://city.example:0",
        "https://city.example:65536",
        "https://city..example",
        "https://-city.example",
        "https://city.example.",
        "https://city.example/a b",
        "https://city.example/%zz",
        "https://city.example/../pref",
        "https://city.example/%2e%2E/pref",
        "https://city.example\\@evil.example",
        "https://ｃity.example",
        "https://city.example\n",
        "https://city.example/" + "a" * 2048,
        "",
        None,
        7,
        ["https://city.example"],
    ],
)
def test_everything_else_is_refused(text: object) -> None:
    with pytest.raises(InvalidRequest, match="is not an Entity Identifier"):
        entity_id(text)


@pytest.mark.parametrize(
    "spoof",
    [
        "https://city.example.evil.example",
        "https://city.example/",
        "https://City.example",
        "https://city.example:443",
    ],
)
def test_issuer_prefix_and_trailing_slash_spoofs_are_other_entities(spoof: str) -> None:
    assert entity_id(spoof) != entity_id("https://city.example")


@pytest.mark.parametrize("path", ["", "/", "/idp", "/idp/"])
def test_a_configuration_is_below_the_identifier_without_one_trailing_slash(path: str) -> None:
    expected = f"https://city.example{path.removesuffix('/')}/.well-known/openid-federation"
    assert configuration_url(EntityId(f"https://city.example{path}")) == expected


def test_the_subject_is_escaped_into_the_fetch_address() -> None:
    subject = EntityId("https://city.example/a&b=c")
    expected = "https://pref.example/fetch?x=1&sub=https%3A%2F%2Fcity.example%2Fa%26b%3Dc"
    assert statement_url("https://pref.example/fetch?x=1", subject) == expected


@pytest.mark.parametrize(
    ("entity", "host"),
    [
        ("https://IdP.City.example:8443/a", "idp.city.example"),
        ("https://192.0.2.1", None),
        ("https://[2001:db8::1]", None),
    ],
)
def test_only_names_are_hosts_by_name(entity: str, host: str | None) -> None:
    assert host_of(EntityId(entity)) == host


@pytest.mark.parametrize(
    ("url", "is_right"),
    [
        ("https://pref.example/fetch?a=1", True),
        ("https://[2001:db8::1]:8443/fetch", True),
        ("https://pref.example:8443", True),
        ("http://pref.example/fetch", False),
        ("https://user@pref.example/", False),
        ("https://pref.example/#f", False),
        ("https://pref.example:0/", False),
        ("https://pref.example:x/", False),
        ("https://[::1/", False),
        ("https:///fetch", False),
        ("https://pref.example/\r\nX: y", False),
        ("file:///etc/passwd", False),
        (None, False),
    ],
)
def test_an_endpoint_is_an_https_url_without_user_and_fragment(
    url: object, *, is_right: bool
) -> None:
    assert is_https_url(url) is is_right
