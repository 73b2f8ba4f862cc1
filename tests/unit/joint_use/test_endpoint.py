"""Endpoints of external tenants: one spelling, and what cannot be right is refused."""

import doctest
from dataclasses import replace

import pytest

from joint_use import (
    ApiKey,
    ClientCertificate,
    ClientCredentials,
    Credentials,
    ExternalEndpoint,
    InvalidTerm,
    NoCredentials,
)
from joint_use.terms import endpoint as endpoints
from joint_use.terms.endpoint import checked_endpoint, content_of, credentials_of, kind_of

GOOD = ExternalEndpoint(url="https://broker.example/orion", tenant="urn:ngsi-ld:tenant:city")
CLIENT = ClientCredentials(
    token_url="https://idp.example/token", client_id="a", client_secret="b", scope="c d"
)


def test_the_examples_hold() -> None:
    found = doctest.testmod(endpoints)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("end", ["", "/", "/ngsi-ld/v1", "/ngsi-ld/v1/"])
def test_an_address_has_one_spelling(end: str) -> None:
    assert checked_endpoint(replace(GOOD, url=GOOD.url + end)) == GOOD


@pytest.mark.parametrize(
    "url",
    [
        "",
        "broker.example",
        "ftp://broker.example",
        "https://",
        "https://user@broker.example",
        "https://broker.example?a=b",
        "https://broker.example/#a",
        "https://broker.example/a b",
        "https://broker.example:port",
        "https://broker.example\\@other.example",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidTerm) as refused:
        checked_endpoint(replace(GOOD, url=url))
    assert refused.value.where == "endpoint.url"


@pytest.mark.parametrize(
    "credentials",
    [
        ApiKey(header="NGSILD-Tenant", value="x"),
        ApiKey(header="Content-Length", value="x"),
        ApiKey(header="a b", value="x"),
        ApiKey(header="X-Api-Key", value="x\r\nY: z"),
        ApiKey(header="X-Api-Key", value=""),
        replace(CLIENT, token_url="idp.example"),
        replace(CLIENT, client_secret=""),
        replace(CLIENT, scope="\n"),
    ],
)
def test_credentials_that_cannot_be_shown_are_refused(credentials: Credentials) -> None:
    with pytest.raises(InvalidTerm):
        checked_endpoint(replace(GOOD, credentials=credentials))


def test_a_certificate_is_shown_over_https_alone() -> None:
    shown = ClientCertificate(certificate="c", key="k")
    assert checked_endpoint(replace(GOOD, credentials=shown)).credentials == shown
    with pytest.raises(InvalidTerm):
        checked_endpoint(replace(GOOD, url="http://broker.example", credentials=shown))


@pytest.mark.parametrize(
    "credentials",
    [
        NoCredentials(),
        ApiKey(header="X-Api-Key", value="x"),
        CLIENT,
        ClientCertificate(certificate="c", key="k"),
    ],
)
def test_credentials_are_read_as_they_were_written(credentials: Credentials) -> None:
    content = content_of(replace(GOOD, credentials=credentials))
    assert credentials_of(kind_of(credentials), content) == credentials
