import re

import pytest

from broker.ngsi.errors import BadRequestData
from broker.ngsi.patterns import MAX_LENGTH, Memory, canonical, found_in


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^Eiffel", "Eiffel Tower", True),
        ("Tower$", "Eiffel Tower", True),
        ("fel T", "Eiffel Tower", True),
        ("^(a|b)+c?$", "abba", True),
        ("^a.b$", "a\nb", True),
        ("^a{2,3}$", "aaaa", False),
        (r"^\d\w\s\S$", "1_ x", True),
        (r"^\.$", "x", False),
        ("^[^a-c]$", "あ", True),
        ("^[[:digit:]-]+$", "1-2", True),
        (r"^[\]\\]$", "]", True),
        ("小学校", "中央小学校", True),
        (r"^\D$", "1", False),
    ],
)
def test_a_pattern_is_searched_for(pattern: str, text: str, expected: bool) -> None:
    assert found_in(canonical(pattern), text) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        "", "a|", "()", "*a", "a**", "a*?", "(?i)a", "(?=a)", r"(a)\1", r"\bword", "[a", "[]",
        "[b-a]", "[[.a.]]", "[[:word:]]", "a{1,300}", "a{3,2}", "a{", "{1}", "(a", "a)", "^*", "\\",
        "a\x00", "[\x00]", "((a{200}){200})", "x" * (MAX_LENGTH + 1), "(" * 20 + "a" + ")" * 20,
    ],
)  # fmt: skip
def test_what_engines_do_not_share_is_refused(pattern: str) -> None:
    with pytest.raises(BadRequestData) as refusal:
        canonical(pattern, where="q")
    assert refusal.value.where == "q"


def test_an_error_says_where_and_what_would_be_right() -> None:
    with pytest.raises(BadRequestData, match=re.escape("'?' at position 2 begins a kind of group")):
        canonical("a(?:b)")


def test_canonical_patterns_stay_as_they_are() -> None:
    for pattern in (r"^a\d+\.[^\]x-]$", "(a|b){2,}", r"[[:punct:]]\s"):
        once = canonical(pattern)
        assert canonical(once) == once


def test_what_is_remembered_is_made_once_and_bounded() -> None:
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text.upper()

    memory = Memory(make, most=10)
    for _ in range(3):
        assert [memory(str(number) + "a") for number in range(10)] == [
            f"{number}A" for number in range(10)
        ]
    assert len(made) == 10
    assert [memory(f"{number}b") for number in range(100)] == [
        f"{number}B" for number in range(100)
    ]


def test_a_few_more_patterns_than_there_is_room_for_are_mostly_remembered() -> None:
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text

    memory = Memory(make, most=1000)
    texts = [f"pattern {number}" for number in range(1050)]
    for _ in range(10):
        for text in texts:
            memory(text)
    assert len(made) < 3 * len(texts)
