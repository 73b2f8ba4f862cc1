"""Codes of authenticator apps against the vectors of RFC 6238, and each counted once."""

from datetime import UTC, datetime, timedelta

import pytest

from idp_federation.accounts.totp import enrolment_uri, matching_step, typed_secret

SECRET = b"12345678901234567890"  # RFC 6238, Appendix B
VECTORS = ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130"))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert matching_step(SECRET, code, at(seconds), after=0) == seconds // 30


def test_a_step_either_way_is_allowed_and_no_more() -> None:
    shifts = (-60, -30, 0, 30, 60)
    found = [matching_step(SECRET, "287082", at(59 + shift), after=0) for shift in shifts]
    assert found == [None, 1, 1, 1, None]


def test_a_step_that_was_used_and_those_before_count_no_more() -> None:
    assert matching_step(SECRET, "287082", at(59), after=1) is None
    assert matching_step(SECRET, "287082", at(59), after=0) == 1


@pytest.mark.parametrize("typed", ["", "28708", "2870820", "２８７０８２", "abcdef", "287 083"])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert matching_step(SECRET, typed, at(59), after=0) is None


def test_a_code_may_be_typed_with_spaces() -> None:
    assert matching_step(SECRET, " 287 082 ", at(59) + timedelta(seconds=1), after=0) == 1


def test_apps_read_the_secret_or_have_it_typed() -> None:
    uri = enrolment_uri(SECRET, login="hanako", issuer="札幌市")
    assert uri.startswith("otpauth://totp/")
    assert "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" in uri
    assert typed_secret(SECRET).replace(" ", "") in uri
