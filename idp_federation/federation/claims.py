"""Claims taken out of a JWT with their kinds: whatever is missing or of another kind is refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from idp_federation.federation.errors import FederationError, InvalidJwt, InvalidRequest
from idp_federation.federation.identifiers import EntityId, entity_id, is_https_url
from idp_federation.federation.jwt import JwkSet, read_keys
from kit.json import JsonObject, JsonValue

LEEWAY = timedelta(seconds=10)
"""How far two clocks may be apart."""

_LAST_SECOND = 253_402_300_799  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of one JWT, and how to refuse it.

    Args:
        members: the claims.
        what: what the JWT is, to begin a message with.
        refuse: the error that a message is made into.
    """

    members: JsonObject
    what: str
    refuse: Callable[[str], FederationError]

    def refusal(self, problem: str) -> FederationError:
        """Make the error that says what is wrong."""
        return self.refuse(f"{self.what} {problem}")

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def text(self, name: str) -> str:
        """Take a text that is not empty."""
        value = self.members.get(name)
        if isinstance(value, str) and value:
            return value
        raise self.refusal(f"has no text in {name}")

    def optional_text(self, name: str) -> str | None:
        """Take a text, where the claim is there."""
        return self.text(name) if name in self.members else None

    def instant(self, name: str) -> datetime:
        """Take seconds since the epoch."""
        value = self.members.get(name)
        number = -1.0 if isinstance(value, bool) or not isinstance(value, int | float) else value
        if 0 <= number <= _LAST_SECOND:
            return datetime.fromtimestamp(number, UTC)
        raise self.refusal(f"has no seconds since the epoch in {name}")

    def optional_instant(self, name: str) -> datetime | None:
        """Take seconds since the epoch, where the claim is there."""
        return self.instant(name) if name in self.members else None

    def members_of(self, name: str) -> JsonObject:
        """Take an object."""
        value = self.members.get(name)
        if isinstance(value, dict):
            return value
        raise self.refusal(f"has no object in {name}")

    def array(self, name: str) -> list[JsonValue]:
        """Take an array; an empty one where the claim is absent."""
        value = self.members.get(name, [])
        if isinstance(value, list):
            return value
        raise self.refusal(f"has no array in {name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """Take an array of texts that is not empty; nothing where the claim is absent."""
        if name not in self.members:
            return ()
        return self.texts_in(self.members[name], name)

    def texts_in(self, value: JsonValue, name: str, *, empty: bool = False) -> tuple[str, ...]:
        """Take an array of texts out of a value."""
        if isinstance(value, list) and (value or empty):
            found = tuple(item for item in value if isinstance(item, str) and item)
            if len(found) == len(value):
                return found
        raise self.refusal(f"has no array of texts in {name}")

    def entity(self, name: str) -> EntityId:
        """Take an Entity Identifier."""
        return self.entity_in(self.members.get(name), name)

    def entities(self, name: str) -> tuple[EntityId, ...]:
        """Take an array of Entity Identifiers that is not empty; nothing where it is absent."""
        return tuple(self.entity_in(one, name) for one in self.texts(name))

    def entity_in(self, value: JsonValue, name: str) -> EntityId:
        """Take an Entity Identifier out of a value."""
        try:
            return entity_id(value)
        except InvalidRequest as wrong:
            raise self.refusal(f"has no Entity Identifier in {name}: {wrong.detail}") from None

    def url(self, name: str) -> str | None:
        """Take an https URL, where the claim is there."""
        value = self.members.get(name)
        if name not in self.members or (isinstance(value, str) and is_https_url(value)):
            return value if isinstance(value, str) else None
        raise self.refusal(f"has no https URL in {name}")

    def keys(self, name: str) -> JwkSet:
        """Take a JWK Set."""
        return self.keys_in(self.members.get(name), name)

    def keys_in(self, value: JsonValue, name: str) -> JwkSet:
        """Take a JWK Set out of a value."""
        try:
            return read_keys(value, what=f"{name} of {self.what}")
        except InvalidJwt as wrong:
            raise self.refuse(wrong.detail) from None

    def only_audience(self) -> str:
        """Take the one audience; several are refused."""
        value = self.members.get("aud")
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value:
            return value
        raise self.refusal("does not have exactly one audience in aud")

    def require_current(
        self, issued_at: datetime | None, expires_at: datetime | None, now: datetime
    ) -> None:
        """Refuse what is issued in the future or has expired, clocks being LEEWAY apart at most."""
        if issued_at is not None and issued_at > now + LEEWAY:
            raise self.refusal(f"is issued in the future: {issued_at.isoformat()}")
        if expires_at is not None and expires_at < now - LEEWAY:
            raise self.refusal(f"has expired: {expires_at.isoformat()}")
