"""Factors: what an account's owner shows to prove that she is the one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum

from idp_federation.assurance.methods import METHODS
from kit.json import JsonValue


class FactorKind(Enum):
    """What a factor is."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One factor of one account.

    Args:
        id: its name on the account page.
        account: whose.
        kind: what it is.
        secret: a password's hash, a sealed TOTP secret, a passkey's public key, a code's digest.
        lookup: how it is found without the account: a passkey's credential id.
        counter: only grows, so that nothing counts twice.
        facts: what its owner calls it, and what is known of a passkey.
        added_at: since when.
        used_at: when it last proved something.
    """

    id: str
    account: str
    kind: FactorKind
    secret: bytes = field(repr=False)
    lookup: bytes | None = None
    counter: int = 0
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    added_at: datetime
    used_at: datetime | None = None

    @property
    def label(self) -> str:
        """What its owner calls it."""
        return str(self.facts.get("label", ""))

    def amr(self, *, verified: bool = False) -> frozenset[str]:
        """Say by which methods (RFC 8176) somebody signs in with it.

        Args:
            verified: whether the authenticator has checked that it is she, by PIN or body.
        """
        if self.kind is not FactorKind.PASSKEY:
            return METHODS[self.kind.value].amr
        place = "hardware" if self.facts.get("hardware") is True else "synced"
        return METHODS[f"passkey_{place}{'_verified' if verified else ''}"].amr


def second_factors(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    """List what can be asked for after a password; recovery codes stand in for others."""
    return tuple(one for one in factors if one.kind is not FactorKind.PASSWORD)


def only(factors: Iterable[Factor], kind: FactorKind) -> tuple[Factor, ...]:
    """List the factors of one kind."""
    return tuple(one for one in factors if one.kind is kind)


def counted(factor: Factor, counter: int, now: datetime) -> Factor:
    """Answer with a factor that has just proved something."""
    return replace(factor, counter=counter, used_at=now)
