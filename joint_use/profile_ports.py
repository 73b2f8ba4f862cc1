"""What the attribute profile asks of the outside world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from joint_use.terms.profile import Profile
from kit.clock import Clock
from kit.json import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileVersion:
    """The profile as it was entered: by whom and when."""

    version: int
    profile: Profile
    by: str
    at: datetime


class ProfileShelf(Protocol):
    """Where the profile is kept, each version of it."""

    async def latest(self) -> ProfileVersion | None:
        """Answer with the profile that holds; None: none was entered yet."""
        ...

    async def add(self, profile: Profile, *, by: str, at: datetime) -> ProfileVersion:
        """Enter a profile as the next version."""
        ...


class PeerProfiles(Protocol):
    """The profiles that other platforms publish."""

    async def fetch(self, peer: str) -> JsonValue:
        """Answer with the document at a peer's address.

        Raises:
            InvalidTerm: it cannot be had.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """The ports of the attribute profile."""

    shelf: ProfileShelf
    clock: Clock
