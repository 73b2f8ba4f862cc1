"""Signed heads: where each chain of the audit ended, in statements that are chained themselves.

A statement names the heads that have moved since the one before, whose digest it holds: who keeps
one statement can prove all that came before it.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from joint_use.terms.audit import Head
from kit.json import JsonObject, JsonValue
from kit.jwt import Jwk, SigningKey, bears_signature, sign

TYP = "renkei-audit-heads+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsStatement:
    """One signed statement.

    Args:
        number: they are counted from 1.
        text: as it was signed, a JWT.
        at: when.
        previous: the digest of the one before; empty: this is the first.
        heads: those that have moved.
    """

    number: int
    text: str
    at: datetime
    previous: str
    heads: tuple[Head, ...]

    @property
    def digest(self) -> str:
        """What the next one says of it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def signed_heads(
    before: HeadsStatement | None, heads: Sequence[Head], at: datetime, key: SigningKey
) -> HeadsStatement:
    """Sign where chains end now."""
    number = 1 if before is None else before.number + 1
    claims: JsonObject = {
        "number": number,
        "iat": int(at.timestamp()),
        "previous": "" if before is None else before.digest,
        "heads": [[str(head.chain), head.number, head.digest.hex()] for head in heads],
    }
    return HeadsStatement(
        number=number,
        text=sign(claims, key, typ=TYP),
        at=at,
        previous=str(claims["previous"]),
        heads=tuple(heads),
    )


def read_heads(text: str, key: Jwk) -> HeadsStatement:
    """Believe a statement that the audit's own key has signed.

    Raises:
        ValueError: it is none.
    """
    if not bears_signature(text, key):
        raise ValueError("Statement is not signed with the audit's key")
    payload = text.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    match claims:
        case {"number": int(number), "iat": int(iat), "previous": str(previous), "heads": [*heads]}:
            return HeadsStatement(
                number=number,
                text=text,
                at=datetime.fromtimestamp(iat, UTC),
                previous=previous,
                heads=tuple(_head(one) for one in heads),
            )
        case _:
            raise ValueError("Statement names no heads")


def _head(told: JsonValue) -> Head:
    match told:
        case [str(chain), int(number), str(digest)]:
            return Head(chain=UUID(chain), number=number, digest=bytes.fromhex(digest))
        case _:
            raise ValueError("Statement names a head that is none")
