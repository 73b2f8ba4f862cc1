"""Everything that accounts and the sign-in pages ask of the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from idp_federation.accounts.account import AccountEvent, AccountRecord
from idp_federation.accounts.factor import Factor
from idp_federation.accounts.password import Guess
from idp_federation.assurance.sign_in import LinkedAccount
from idp_federation.ports import Provider
from joint_use import TenantDirectory
from kit.json import JsonObject


class AccountBook(Protocol):
    """The accounts of people; each change is written down with who made it."""

    async def open(self, record: AccountRecord, *, by: str) -> bool:
        """Open an account; answers whether its name was free at its municipality."""
        ...

    async def named(self, tenant: str, login: str) -> AccountRecord | None:
        """Answer with the open account of a name."""
        ...

    async def show(self, account: str) -> AccountRecord | None:
        """Answer with an account, a closed one too."""
        ...

    async def page(self, tenant: str, *, after: str, limit: int) -> Sequence[AccountRecord]:
        """List a municipality's accounts in order of their ids, those after one."""
        ...

    async def rewrite(self, record: AccountRecord, event: AccountEvent) -> bool:
        """Write claims, what is verified and whether it is closed; answers whether it was open."""
        ...

    async def note(self, account: str, event: AccountEvent) -> None:
        """Write down what was done to an account."""
        ...

    async def events(self, account: str) -> Sequence[AccountEvent]:
        """Read what was done to an account, the oldest first."""
        ...


class FactorBook(Protocol):
    """What people sign in with."""

    async def of(self, account: str) -> Sequence[Factor]:
        """List an account's factors, the oldest first."""
        ...

    async def found(self, lookup: bytes) -> Factor | None:
        """Answer with the factor that is found by something of its own."""
        ...

    async def add(self, factors: Sequence[Factor]) -> bool:
        """Keep factors; a password takes the place of the one before.

        Answers whether each was new.
        """
        ...

    async def use(self, factor: Factor, *, to: int, now: datetime) -> bool:
        """Let a factor's counter grow; answers whether it did: nothing counts twice."""
        ...

    async def replace_secret(self, factor: Factor, secret: bytes) -> None:
        """Write a factor's secret anew, as long as it is the same factor."""
        ...

    async def remove(self, account: str, ids: Sequence[str]) -> int:
        """Take factors away from an account; answers with how many there were."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often something may be tried.

    Args:
        at_once: this often in a row.
        every: then once in this time.
    """

    at_once: int
    every: timedelta


class Attempts(Protocol):
    """How often somebody has tried, in all processes together."""

    async def may(self, bucket: bytes, pace: Pace, now: datetime) -> bool:
        """Count an attempt before it is made; answers whether it may be."""
        ...

    async def forgive(self, bucket: bytes) -> None:
        """Forget the attempts that led to a success."""
        ...

    async def give_back(self, bucket: bytes, pace: Pace) -> None:
        """Give one attempt back, where others share the bucket with who succeeded."""
        ...


class PasswordHashing(Protocol):
    """Hashes passwords: slow on purpose, a few at a time."""

    async def hash(self, password: str) -> bytes:
        """Hash a new password.

        Raises:
            Busy: too many wait already.
        """
        ...

    async def matches(self, kept: bytes | None, password: str) -> bool:
        """Tell whether a password is the one; without one that is kept it takes as long.

        Raises:
            Busy: too many wait already.
        """
        ...

    def is_outdated(self, kept: bytes) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        ...

    async def guess(self, password: str, about: Sequence[str]) -> Guess:
        """Say how well a password could be guessed by who knows some words about the person."""
        ...


class Sealing(Protocol):
    """Encrypts what only this platform may read."""

    def close(self, content: bytes, place: str) -> bytes:
        """Encrypt; only for the same place it opens again."""
        ...

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """A passkey that has just been made, and what is known of it."""

    credential: bytes
    public_key: bytes
    count: int
    verified: bool
    hardware: bool
    transports: tuple[str, ...]
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPasskey:
    """A passkey's answer that is right."""

    count: int
    verified: bool


class Passkeys(Protocol):
    """What browsers and authenticators say to each other of passkeys (WebAuthn)."""

    def asked_to_make(
        self, *, challenge: bytes, account: str, login: str, known: Sequence[Factor]
    ) -> JsonObject:
        """Say what a browser has to know to make a passkey."""
        ...

    def asked_to_show(self, *, challenge: bytes, known: Sequence[Factor]) -> JsonObject:
        """Say what a browser has to know to show one; without known ones any of this platform."""
        ...

    def challenge_in(self, answer: JsonObject) -> bytes | None:
        """Answer with the challenge that a browser's answer is to."""
        ...

    def credential_in(self, answer: JsonObject) -> bytes | None:
        """Answer with the id of the passkey that a browser's answer is of."""
        ...

    def made(self, answer: JsonObject, *, challenge: bytes) -> NewPasskey:
        """Believe a passkey that was just made.

        Raises:
            WrongCredentials: it does not count.
        """
        ...

    def shown(self, answer: JsonObject, factor: Factor, *, challenge: bytes) -> ShownPasskey:
        """Believe an authenticator that answers with a passkey.

        Raises:
            WrongCredentials: it does not count.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRules:
    """What holds for everybody who signs in.

    Args:
        proofing_lasts: how long an operator's proofing counts.
        link: how long a one-time link is good for.
        progress: how long the steps of one sign-in may take.
        recent: how long ago a sign-in may be that changes factors.
        consent_lasts: how long a consent counts.
        self_registration: whether people may open accounts for themselves.
        per_account: how often one account may be tried.
        per_sender: how often one address may try.
        registrations: how often accounts may be opened from one address.
    """

    proofing_lasts: timedelta = timedelta(days=3650)
    link: timedelta = timedelta(days=7)
    progress: timedelta = timedelta(minutes=10)
    recent: timedelta = timedelta(minutes=10)
    consent_lasts: timedelta = timedelta(days=365)
    self_registration: bool = False
    per_account: Pace = Pace(at_once=10, every=timedelta(minutes=5))
    per_sender: Pace = Pace(at_once=60, every=timedelta(seconds=10))
    registrations: Pace = Pace(at_once=5, every=timedelta(minutes=30))


class LinkedProofing(Protocol):
    """What the accounts at providers that people have linked add to sign-ins here."""

    async def of(self, account: str, now: datetime) -> LinkedAccount | None:
        """Answer with what a sign-in here can have of the best proofed account elsewhere."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The ports of accounts and of the pages that people see, handed to their operations."""

    provider: Provider
    tenants: TenantDirectory
    accounts: AccountBook
    factors: FactorBook
    attempts: Attempts
    hashing: PasswordHashing
    passkeys: Passkeys
    seal: Sealing
    linked: LinkedProofing
    rules: SignInRules
