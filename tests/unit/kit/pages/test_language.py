import pytest

from kit.pages.language import language_of
from tests.unit.kit.pages.asked import asked


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("", "ja"),
        ("en", "en"),
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("ja,en-US;q=0.9,en;q=0.8", "ja"),
        ("en;q=0.5, ja;q=0.5", "ja"),
        ("fr-CH, fr;q=0.9", "ja"),
        ("en;q=zero", "ja"),
        ("EN", "en"),
    ],
)
def test_japanese_is_spoken_unless_english_is_preferred(accepted: str, chosen: str) -> None:
    assert language_of(asked(accept_language=accepted)) == chosen


def test_the_address_outweighs_the_cookie_and_the_cookie_the_browser() -> None:
    assert language_of(asked(cookie="renkei_lang=ja", accept_language="en")) == "ja"
    assert language_of(asked(query="lang=en", cookie="renkei_lang=ja")) == "en"


def test_an_unknown_language_is_as_none() -> None:
    assert language_of(asked(query="lang=xx", cookie="renkei_lang=yy")) == "ja"
