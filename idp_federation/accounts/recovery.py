"""Recovery codes: ten words of chance, each good once, for who has lost her second factor."""

import hashlib
import hmac

HOW_MANY = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # without those that look alike
_LENGTH = 12


def recovery_code(random: bytes) -> str:
    """Write chance as a code that people can copy down; 31^12 there are.

    >>> recovery_code(bytes(32))
    '2222-2222-2222'
    """
    number = int.from_bytes(random, "big")
    letters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    text = "".join(letters)
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def code_digest(code: str, key: bytes) -> bytes:
    """Answer with what is kept of a code, however it is typed."""
    typed = "".join(one for one in code.casefold() if one.isalnum())
    return hmac.digest(key, f"recovery code\0{typed}".encode(), hashlib.sha256)
