"""全国地方公共団体コード: the six-digit code of a municipality, with its check digit.

Two digits name the prefecture (01–47), three the municipality in it (000: the prefecture itself,
otherwise from 100), the last one checks the five.
"""

import re
import unicodedata

from joint_use.terms.errors import InvalidTerm

_DIGITS = re.compile(r"[0-9]{4,6}", re.ASCII)
_WEIGHTS = (6, 5, 4, 3, 2)


def check_digit(five: str) -> str:
    """Compute the sixth digit of a code from its first five.

    >>> check_digit("01100"), check_digit("37201")
    ('2', '3')
    """
    total = sum(int(digit) * weight for digit, weight in zip(five, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def municipality_code(text: str, *, prefecture: str | None = None) -> str:
    """Answer with a six-digit code, read from what files and people write.

    Taken are six digits with a right check digit, five without one, and either of them with the
    leading zero lost, in full-width digits too.

    Args:
        text: what is written.
        prefecture: two digits that settle a text with two meanings, where they are known.

    Raises:
        InvalidTerm: it is no code, its check digit is wrong, or it has two meanings.

    >>> municipality_code("011002"), municipality_code("01100"), municipality_code("１１００２")
    ('011002', '011002', '011002')
    >>> municipality_code("37201")
    '372013'
    """
    digits = _folded(text)
    if not _DIGITS.fullmatch(digits):
        raise _invalid(
            f"Municipality code {text!r} is not a number of five or six digits",
            f"市区町村コード {text!r} は5桁または6桁の数字ではありません。",
        )
    meanings = possible_codes(digits)
    if prefecture is not None and len(meanings) > 1:
        meanings = [code for code in meanings if code.startswith(prefecture)]
    if len(meanings) > 1:
        both = " or ".join(meanings)
        raise _invalid(
            f"Municipality code {text!r} may mean {both}; right are all six digits",
            f"市区町村コード {text!r} は {'と'.join(meanings)} のどちらにも読めます。"
            "6桁で書いてください。",
        )
    if not meanings:
        raise _no_meaning(text, digits)
    return meanings[0]


def possible_codes(text: str) -> list[str]:
    """List the codes that a text may mean, to be offered where there are several.

    >>> possible_codes("13103"), possible_codes("none")
    (['131032'], [])
    """
    digits = _folded(text)
    if not _DIGITS.fullmatch(digits):
        return []
    return [code for code in _readings(digits) if _is_code(code)]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _readings(digits: str) -> list[str]:
    """List what a number may have been: the check digit left out, the leading zero lost."""
    if len(digits) == 6:
        return [digits]
    if len(digits) == 5:
        return [digits + check_digit(digits), "0" + digits]
    return ["0" + digits + check_digit("0" + digits)]


def _is_code(code: str) -> bool:
    number = int(code[2:5])
    known = 1 <= int(code[:2]) <= 47 and (number == 0 or number >= 100)
    return known and check_digit(code[:5]) == code[5]


def _no_meaning(text: str, digits: str) -> InvalidTerm:
    right = check_digit(digits[:5]) if len(digits) == 6 else None
    if right is not None and right != digits[5]:
        return _invalid(
            f"Municipality code {text!r} ends in {digits[5]}; its check digit is {right}",
            f"市区町村コード {text!r} の検査数字は {right} のはずです。",
        )
    return _invalid(
        f"Municipality code {text!r} names no municipality; right are a prefecture from 01 to 47, "
        "a number, a check digit",
        f"市区町村コード {text!r} に当たる自治体はありません。",
    )


def _invalid(detail: str, detail_ja: str) -> InvalidTerm:
    return InvalidTerm(detail, detail_ja=detail_ja, where="municipality_code")
