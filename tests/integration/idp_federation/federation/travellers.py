"""A resident of one city who uses another's service, for tests: who takes which step by hand."""

import hashlib
import secrets
import time
from dataclasses import dataclass

import httpx2

from joint_use import Levels
from kit.json import JsonObject, JsonValue
from kit.jwt import sign
from renkei.identity import Identity
from tests.integration.idp_federation.federation.members import ANCHOR, FRAMEWORK, Member
from tests.integration.idp_federation.federation.strangers import CALLBACK, Stranger
from tests.integration.idp_federation.people import (
    Op,
    Person,
    RelyingParty,
    answered,
    base64url,
)

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
VERIFIER = "v" * 43


def op_of(member: Member) -> Op:
    return Op(url=member.url, settings=member.settings, http=member.http)


def acr(levels: Levels) -> str:
    return f"https://{ANCHOR}/acr/ial{levels.proofing}/aal{levels.authentication}"


def verified(level: int) -> tuple[JsonObject, ...]:
    """What a city's operator has established of somebody."""
    return (
        {
            "verification": {
                "trust_framework": FRAMEWORK,
                "assurance_level": f"ial{level}",
                "evidence": [{"type": "document"}],
            },
            "claims": {"name": "札幌 花子"},
        },
    )


VERIFIED_WANTED: JsonObject = {
    "verification": {
        "trust_framework": None, "assurance_level": None, "evidence": [{"type": None}],
    },
    "claims": {"name": None},
}  # fmt: skip


@dataclass(kw_only=True)
class Service:
    """A service of the federation, as it asks at one platform."""

    stranger: Stranger
    member: Member

    @property
    def party(self) -> RelyingParty:
        return RelyingParty(op=op_of(self.member), id=self.stranger.url, key=self.stranger.protocol)

    def asked(self, **more: JsonValue) -> JsonObject:
        claims: JsonObject = {
            "client_id": self.stranger.url,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": base64url(hashlib.sha256(VERIFIER.encode()).digest()),
            "code_challenge_method": "S256",
            "claims": {"id_token": {"verified_claims": VERIFIED_WANTED}},
            **more,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def request_object(self, **more: JsonValue) -> str:
        now = int(time.time())
        usual: JsonObject = {
            "iss": self.stranger.url,
            "aud": self.member.url,
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + 60,
        }
        claims = {**self.asked(), **usual, **more}
        return self.signed({name: value for name, value in claims.items() if value is not None})

    def signed(self, claims: JsonObject, **header: JsonValue) -> str:
        usual: JsonObject = {"typ": "oauth-authz-req+jwt", **header}
        return self.stranger.protocol.sign(claims, **usual)

    def authorize(self, cookies: dict[str, str], request: str) -> httpx2.Response:
        party = self.party
        party.cookies.update(cookies)
        url = party.op.endpoint("authorize")
        return party.visit(url, {"client_id": self.stranger.url, "request": request})

    def id_token(self, person: Person, **more: JsonValue) -> str:
        """Sign somebody in and get an ID token of hers."""
        answer = self.authorize(cookie_of(self.member, person), self.request_object(**more))
        told = answered(answer)
        assert "code" in told, told
        redeemed = self.party.redeem(told["code"])
        assert redeemed.status_code == 200, redeemed.text
        token: str = redeemed.json()["id_token"]
        return token

    def exchange(self, token: str, **more: str) -> httpx2.Response:
        form = {
            "grant_type": EXCHANGE,
            "subject_token": token,
            "subject_token_type": ID_TOKEN,
            **more,
        }
        return self.party.post("token", form)


def cookie_of(member: Member, person: Person) -> dict[str, str]:
    session = op_of(member).identity.sign_in(person)
    return {f"__Host-renkei_session_{person.tenant}": session.cookie}


def resident(member: Member, levels: Levels) -> Person:
    """Somebody of a city, whose proofing stands behind her levels."""
    proofs = verified(levels.proofing) if levels.proofing > 1 else ()
    identity = op_of(member).identity
    return identity.open_account("default", levels=levels, verified=proofs)


def consent(member: Member, person: Person, service: Stranger) -> None:
    op_of(member).identity.consent(person, service.url, "openid read", "verified_claims.name")


def told(decision: JsonObject) -> list[str]:
    """The reasons of a decision, as records name them."""
    record = decision["record"]
    assert isinstance(record, dict)
    reasons = record["reasons"]
    assert isinstance(reasons, list)
    return [str(one["reason"]) for one in reasons if isinstance(one, dict)]


def last_decision(member: Member) -> JsonObject:
    found: list[JsonObject] = member.admin("GET", "/decisions", limit="1").json()
    return found[0]


def signed_by(member: Member, claims: JsonObject, typ: str) -> str:
    """Sign with a platform's federation key, as only somebody inside it can."""
    signed: list[str] = []

    async def by(identity: Identity) -> None:
        key = await identity.federation.linkage.federation.keys.signer()
        signed.append(sign(claims, key, typ=typ))

    op_of(member).identity._run(by)
    return signed[0]
