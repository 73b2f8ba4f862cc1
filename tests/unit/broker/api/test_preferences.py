"""The header Prefer, in all spellings that RFC 7240 allows."""

import pytest

from broker.api.preferences import preferences


@pytest.mark.parametrize(
    "header",
    [
        "ngsi-ld=1.0",
        "NGSI-LD=1.0",
        "Ngsi-Ld=1.0",
        'ngsi-ld="1.0"',
        "ngsi-ld = 1.0",
        "ngsi-ld=1.0;q=0.1",
        'ngsi-ld=1.0; q=0.1; note="a, b"',
        "respond-async, ngsi-ld=1.0",
        ", ,respond-async , ngsi-ld=1.0",
        'note="ngsi-ld=1.9, \\"quoted\\"", ngsi-ld=1.0',
        "ngsi-ld=1.0, ngsi-ld=1.9",
    ],
)
def test_the_version_is_read_in_every_spelling(header: str) -> None:
    assert preferences(header)["ngsi-ld"] == "1.0"


@pytest.mark.parametrize(
    "header", ["", "respond-async", "handling=lenient; ngsi-ld=1.0", "=1.0", '"']
)
def test_what_says_nothing_of_a_version_gives_none(header: str) -> None:
    assert "ngsi-ld" not in preferences(header)


def test_a_preference_without_a_value_has_an_empty_one() -> None:
    assert preferences("respond-async") == {"respond-async": ""}
