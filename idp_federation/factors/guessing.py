"""How well a password could be guessed, by the library zxcvbn and its lists."""

from collections.abc import Sequence

from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from idp_federation.accounts.password import Guess

_LOOKED_AT = 72  # characters; what is longer is hardly guessed by what follows
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])


def guess(password: str, about: Sequence[str]) -> Guess:
    """Say how well a password could be guessed; takes milliseconds, so it belongs in a thread.

    Args:
        password: the password.
        about: words that somebody would try first: the person's name and login.
    """
    looked_at = password[:_LOOKED_AT]
    score = int(zxcvbn(looked_at, user_inputs=[*about])["score"])
    return Guess(is_common=password.casefold() in _COMMON, score=score)
