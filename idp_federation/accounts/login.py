"""The name by which a person signs in at her municipality."""

import re
import unicodedata

from idp_federation.accounts.errors import InvalidAccount

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,99}", re.ASCII)


def canonical_login(text: str) -> str:
    """Answer with a name in the one way that it is written.

    >>> canonical_login(" Ｈａｎａｋｏ@example.jp ")
    'hanako@example.jp'

    Raises:
        InvalidAccount: it cannot be one.
    """
    login = folded_login(text)
    if _LOGIN.fullmatch(login):
        return login
    raise InvalidAccount(
        "Name is not 3 to 100 letters, digits and . _ @ + - that begin with a letter or digit",
        detail_ja="ログインIDは、英数字で始まる3文字以上100文字以内の英数字と . _ @ + - です。",
        where="login",
    )


def folded_login(text: str) -> str:
    """Fold what was typed, whatever it is, into the way that names are written."""
    return unicodedata.normalize("NFKC", text).strip().casefold()
