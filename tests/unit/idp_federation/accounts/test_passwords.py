"""New passwords, and the hashing of all."""

import asyncio

import pytest

from idp_federation.accounts.errors import Busy, WeakPassword
from idp_federation.accounts.password import (
    Guess,
    folded_password,
    require_length,
    require_own,
    require_strength,
)
from idp_federation.factors.passwords import AT_ONCE, Argon2


@pytest.mark.parametrize("length", [0, 9, 129])
def test_too_short_and_too_long_ones_are_refused(length: int) -> None:
    with pytest.raises(WeakPassword):
        require_length("a" * length)


@pytest.mark.parametrize("password", ["hanako-hanako", "HANAKO19900401", "sapporo.hanako1"])
def test_what_others_know_of_her_makes_no_password(password: str) -> None:
    with pytest.raises(WeakPassword):
        require_own(password, ["hanako", "1990-04-01", "19900401", "sapporo"])


def test_common_and_easily_guessed_ones_are_refused() -> None:
    with pytest.raises(WeakPassword, match="breaches"):
        require_strength(Guess(is_common=True, score=4))
    with pytest.raises(WeakPassword, match="guessed"):
        require_strength(Guess(is_common=False, score=2))
    require_strength(Guess(is_common=False, score=3))


async def test_guesses_know_lists_and_words() -> None:
    hashing = Argon2()
    assert (await hashing.guess("qwertyuiop", [])).is_common
    assert (await hashing.guess("QwertyUiop", [])).is_common
    good = await hashing.guess("tsuki no ura no yuki daruma", [])
    assert good == Guess(is_common=False, score=4)
    assert (await hashing.guess("qwertyuiop asdf", [])).score < 3


async def test_a_password_matches_its_own_hash_alone() -> None:
    hashing = Argon2()
    kept = await hashing.hash("pass pass pass")
    assert kept.startswith(b"$argon2id$v=19$m=65536,t=3,p=4$")
    assert await hashing.matches(kept, "pass pass pass")
    assert not await hashing.matches(kept, "pass pass past")
    assert not hashing.is_outdated(kept)
    assert hashing.is_outdated(kept.replace(b"t=3", b"t=2"))


async def test_where_there_is_no_account_a_hash_is_made_all_the_same() -> None:
    """The hash of nobody has today's parameters and is well formed: it is computed in full."""
    hashing = Argon2()
    nobodys = hashing._nobodys
    assert not hashing.is_outdated(nobodys)
    assert not await hashing.matches(None, "anything")
    assert not await hashing.matches(nobodys, "anything")


async def test_a_crowd_is_told_to_come_back_and_few_are_hashed_at_once() -> None:
    hashing = Argon2(waiting=3)
    kept = await hashing.hash("pass pass pass")
    together = [hashing.matches(kept, "no") for _ in range(5)]
    answers = await asyncio.gather(*together, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, Busy)]
    assert len(refused) == 2
    assert answers.count(False) == 3
    assert hashing._turn._value == AT_ONCE


def test_however_it_is_typed_it_is_the_same_password() -> None:
    assert folded_password("ﾊﾟｽﾜｰﾄﾞ１２３") == "パスワード123"
