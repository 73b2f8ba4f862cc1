"""What the methods of a sign-in (amr) can at most stand for.

Spec: RFC 8176 §2
"""

from collections.abc import Mapping

FACTORS: Mapping[str, str] = {
    "pwd": "knowledge",
    "pin": "knowledge",
    "kba": "knowledge",
    "otp": "possession",
    "sms": "possession",
    "tel": "possession",
    "mca": "possession",
    "pop": "possession",
    "swk": "possession",
    "hwk": "possession",
    "sc": "possession",
    "face": "inherence",
    "fpt": "inherence",
    "iris": "inherence",
    "retina": "inherence",
    "vbm": "inherence",
}
"""The kind of factor that each method proves; what is not listed (geo, rba, wia …) proves none."""

TAMPER_RESISTANT = frozenset({"sc", "hwk"})
SEVERAL_FACTORS = "mfa"


def highest_authentication(amr: frozenset[str]) -> int:
    """Answer with the level of authentication that methods do not contradict.

    Level 2 needs several kinds of factors, level 3 tamper-resistant hardware besides.

    >>> highest_authentication(frozenset({"pwd", "otp"}))
    2
    >>> highest_authentication(frozenset({"hwk", "pin"}))
    3
    """
    kinds = {FACTORS[method] for method in amr if method in FACTORS}
    if len(kinds) < 2 and SEVERAL_FACTORS not in amr:
        return 1
    return 3 if amr & TAMPER_RESISTANT else 2
