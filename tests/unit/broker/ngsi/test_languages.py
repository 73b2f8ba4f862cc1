"""The language filter: which text a reader gets."""

import pytest

from broker.ngsi.errors import BadRequestData
from broker.ngsi.languages import choose, parse_languages
from kit.json import JsonValue

STREET: dict[str, JsonValue] = {"fr": "Grand Place", "nl": "Grote Markt"}
REGIONAL: dict[str, JsonValue] = {"de": "Hauptplatz", "en-US": "Main Square"}


@pytest.mark.parametrize(
    ("texts", "wanted", "tag"),
    [
        (STREET, "fr;q=0.2,nl;q=0.9", "nl"),
        (STREET, "FR", "fr"),
        (STREET, "nl-BE", "nl"),
        (STREET, "nl-Latn-BE", "nl"),
        (REGIONAL, "en", "en-US"),
        (REGIONAL, "en-GB,de;q=0.1", "de"),
        (STREET, "*", "fr"),
        (STREET, "pt", "fr"),
        (STREET, "pt,fr;q=0", "nl"),
        (STREET, "ja , nl ; q=0.5", "nl"),
        ({**STREET, "@none": "Place"}, "pt", "@none"),
        ({"@none": "Place"}, "*", "@none"),
        ({"fr": "x"}, "fr;q=0", "fr"),
    ],
)
def test_the_preferred_language_is_chosen(
    texts: dict[str, JsonValue], wanted: str, tag: str
) -> None:
    assert choose(texts, parse_languages(wanted)) == tag


def test_an_empty_map_has_no_language() -> None:
    assert choose({}, parse_languages("ja")) is None


@pytest.mark.parametrize(
    "text", ["", "ja,", "日本語", "en;q=2", "en;q=0.5;q=0.4", "en;level=1", "e n"]
)
def test_what_is_no_language_list_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData, match="is no language range"):
        parse_languages(text)
