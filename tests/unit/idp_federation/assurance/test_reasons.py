"""Every reason is told in both languages, with the same details."""

import re
import string

import pytest

from idp_federation.assurance.reasons import TEXTS, Reason
from idp_federation.assurance.service_class import NAMES, ServiceClass


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_told_in_japanese_and_english(reason: Reason) -> None:
    words = TEXTS[reason]
    assert re.search(r"[\u3040-\u30ff]", words.ja)
    assert words.ja.endswith("。")
    assert words.en.isascii()
    assert words.en.endswith(".")


@pytest.mark.parametrize("reason", Reason)
def test_both_languages_tell_of_the_same_details(reason: Reason) -> None:
    words = TEXTS[reason]
    assert names(words.ja) == names(words.en)


def test_every_class_of_services_has_its_names() -> None:
    assert set(NAMES) == set(ServiceClass)
