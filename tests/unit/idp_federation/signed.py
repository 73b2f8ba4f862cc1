"""Entities that sign with real keys, for tests: statements, marks and whole federations."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from idp_federation.federation.identifiers import EntityId, configuration_url, statement_url
from idp_federation.federation.jwt import Jwk, JwkSet, read_keys
from idp_federation.federation.trust_chain import TrustChain, validate_chain
from kit.json import JsonObject, JsonValue

NOW = datetime(2026, 9, 1, 3, tzinfo=UTC)
STATEMENT = "entity-statement+jwt"


@cache
def key_named(name: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": name})


def public(name: str) -> JsonObject:
    return cast(JsonObject, key_named(name).as_dict(private=False))


def jwks(*names: str) -> JsonObject:
    return {"keys": [public(name) for name in names]}


def key_set(*names: str) -> JwkSet:
    return read_keys(jwks(*names), what="test keys")


def seconds(offset: float = 0) -> int:
    return int((NOW + timedelta(seconds=offset)).timestamp())


def sign(
    claims: Mapping[str, JsonValue],
    key: str,
    typ: str | None = STATEMENT,
    *,
    header: Mapping[str, JsonValue] | None = None,
) -> str:
    """Sign with a named key; members of `header` take the place of the usual ones."""
    full: dict[str, JsonValue] = {"alg": "ES256", "kid": key, "typ": typ, **(header or {})}
    protected = {name: value for name, value in full.items() if value is not None}
    registry = jws.JWSRegistry(strict_check_header=False)
    return jws.serialize_compact(
        protected, json.dumps(claims).encode(), key_named(key), registry=registry
    )


def verify(token: str, key: Jwk) -> bool:
    try:
        jws.deserialize_compact(
            token,
            ECKey.import_key(cast(dict[str, str | list[str]], key)),
            registry=jws.JWSRegistry(strict_check_header=False),
        )
    except (JoseError, ValueError):
        return False
    return True


@dataclass(frozen=True)
class Entity:
    """One member of a test federation."""

    name: str

    @property
    def id(self) -> EntityId:
        return EntityId(f"https://{self.name}.example")

    @property
    def endpoint(self) -> str:
        return f"{self.id}/fetch"

    @property
    def keys(self) -> JwkSet:
        return key_set(self.name)

    def claims(self, *hints: "Entity", **changes: JsonValue) -> JsonObject:
        claims: dict[str, JsonValue] = {
            "iss": self.id,
            "sub": self.id,
            "iat": seconds(-60),
            "exp": seconds(3600),
            "jwks": jwks(self.name),
            "metadata": {
                "federation_entity": {"federation_fetch_endpoint": self.endpoint},
                "openid_provider": {"issuer": self.id},
            },
        }
        if hints:
            claims["authority_hints"] = [hint.id for hint in hints]
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def configuration(self, *hints: "Entity", **changes: JsonValue) -> str:
        return sign(self.claims(*hints, **changes), self.name)

    def about_claims(self, other: "Entity", **changes: JsonValue) -> JsonObject:
        claims: dict[str, JsonValue] = {
            "iss": self.id,
            "sub": other.id,
            "iat": seconds(-60),
            "exp": seconds(3600),
            "jwks": jwks(other.name),
        }
        claims.update(changes)
        return {name: value for name, value in claims.items() if value is not None}

    def about(self, other: "Entity", **changes: JsonValue) -> str:
        return sign(self.about_claims(other, **changes), self.name)

    def mark(self, other: "Entity", kind: str, **changes: JsonValue) -> str:
        claims: dict[str, JsonValue] = {
            "iss": self.id,
            "sub": other.id,
            "trust_mark_type": kind,
            "iat": seconds(-60),
            "exp": seconds(1800),
        }
        claims.update(changes)
        kept = {name: value for name, value in claims.items() if value is not None}
        return sign(kept, self.name, "trust-mark+jwt")

    def serves(self, configuration: str, **statements: str) -> dict[str, bytes]:
        """What this entity answers with, by URL; statements by the name of whom they are about."""
        answers = {configuration_url(self.id): configuration.encode()}
        for name, token in statements.items():
            answers[statement_url(self.endpoint, Entity(name).id)] = token.encode()
        return answers


ANCHOR = Entity("anchor")
PREF = Entity("pref")
CITY = Entity("city")


def chain_of(
    subject: Entity = CITY, *, anchor: str | None = None, now: datetime = NOW, **changes: JsonValue
) -> TrustChain:
    """A valid chain from an entity straight to the anchor."""
    tokens = [
        subject.configuration(ANCHOR),
        ANCHOR.about(subject, **changes),
        anchor or ANCHOR.configuration(),
    ]
    return validate_chain(tokens, anchors={ANCHOR.id: ANCHOR.keys}, now=now, verify=verify)


def long_chain(
    *,
    city: Mapping[str, JsonValue] | None = None,
    about_city: Mapping[str, JsonValue] | None = None,
    about_pref: Mapping[str, JsonValue] | None = None,
    anchor: Mapping[str, JsonValue] | None = None,
) -> list[str]:
    """City ← prefecture ← anchor, each statement with changes of its claims."""
    return [
        CITY.configuration(PREF, **(city or {})),
        PREF.about(CITY, **(about_city or {})),
        ANCHOR.about(PREF, **(about_pref or {})),
        ANCHOR.configuration(**(anchor or {})),
    ]
