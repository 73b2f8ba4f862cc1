"""What a new password has to be.

Spec: NIST SP 800-63B §3.1.1 (length, blocklist, no rules of composition, no expiry)
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from idp_federation.accounts.errors import WeakPassword

SHORTEST = 10
LONGEST = 128
_LEAST_SCORE = 3  # of 0 to 4
_LEAST_WORD = 3  # shorter ones stand in too many words
_LEAST_REST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """How well somebody else could guess a password.

    Args:
        is_common: whether it is on a list of those that were found in breaches.
        score: 0 (at once) to 4 (hardly).
    """

    is_common: bool
    score: int


def folded_password(text: str) -> str:
    """Write a password in the one way in which it is hashed, however it was typed.

    >>> folded_password("ｐａｓｓ") == folded_password("pass")
    True
    """
    return unicodedata.normalize("NFKC", text)


def require_length(password: str) -> None:
    """See that a new password is neither too short nor too long.

    Raises:
        WeakPassword: it is.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(
            f"Password has {len(password)} characters; right are {SHORTEST} to {LONGEST}",
            detail_ja=f"パスワードは{SHORTEST}文字以上{LONGEST}文字以内にしてください。",
            where="password",
        )


def require_own(password: str, known: Iterable[str]) -> None:
    """See that a new password is more than what others know of the person.

    >>> require_own("tanuki no kintama 88", ["hanako"])

    Raises:
        WeakPassword: hardly anything is left of it without those words.
    """
    rest = password.casefold()
    for word in sorted((one.casefold() for one in known), key=len, reverse=True):
        if len(word) >= _LEAST_WORD:
            rest = rest.replace(word, "")
    if sum(letter.isalnum() for letter in rest) < _LEAST_REST:
        raise WeakPassword(
            "Password is made of your name or of what else is known of you; choose another",
            detail_ja="ログインIDや氏名など、ご本人に関わる言葉だけのパスワードは使えません。",
            where="password",
        )


def require_strength(guess: Guess) -> None:
    """See that a new password is hard to guess.

    Raises:
        WeakPassword: it is well known, or easily guessed.
    """
    if guess.is_common:
        raise WeakPassword(
            "Password is one that others use and that is known from breaches; choose another",
            detail_ja="よく使われ、漏えいが確認されているパスワードです。別のものにしてください。",
            where="password",
        )
    if guess.score < _LEAST_SCORE:
        raise WeakPassword(
            "Password is easily guessed; longer ones, of several unrelated words, are better",
            detail_ja="推測されやすいパスワードです。無関係な言葉をいくつか並べるなど、"
            "長くしてください。",
            where="password",
        )
