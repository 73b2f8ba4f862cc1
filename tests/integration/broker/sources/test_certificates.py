"""Sources whose authority is their own, and sources that ask who we are by certificate."""

from pathlib import Path

import pytest

from tests.certificates import write_certificates
from tests.integration.broker.sources.answering import answering, json_answer
from tests.integration.broker.sources.conftest import Hub

EMPTY = json_answer(200, "[]")


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    write_certificates(tmp_path)
    return tmp_path


def test_an_authority_is_trusted_where_it_is_named(hub: Hub, certificates: Path) -> None:
    with answering(EMPTY, certificates=certificates) as source:
        authorities = (certificates / "ca.pem").read_text()
        assert hub.external(source.url, authorities=authorities).get("/types").status_code == 200
        told = hub.external(source.url).get("/types")
    assert told.status_code == 502
    assert "certificate" in told.json()["detail"]


def test_our_certificate_is_shown_to_who_asks_for_it(hub: Hub, certificates: Path) -> None:
    shown = {
        "kind": "mtls",
        "certificate": (certificates / "cert.pem").read_text(),
        "key": (certificates / "key.pem").read_text(),
    }
    authorities = (certificates / "ca.pem").read_text()
    with answering(EMPTY, certificates=certificates, asks_for_certificate=True) as source:
        known = hub.external(source.url, authorities=authorities, credentials=shown)
        assert known.get("/types").status_code == 200
        unknown = hub.external(source.url, authorities=authorities)
        assert unknown.get("/types").status_code == 502
