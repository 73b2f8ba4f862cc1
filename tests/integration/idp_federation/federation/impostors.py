"""A city whose OpenID Provider says whatever a test wants, inside the federation."""

import json
import time
from dataclasses import dataclass

import httpx2

from joint_use import Levels
from kit.json import JsonObject, JsonValue
from tests.integration.idp_federation.federation.members import MAP, Member
from tests.integration.idp_federation.federation.strangers import Reply, Stranger
from tests.integration.idp_federation.federation.travellers import Service, acr, verified
from tests.integration.idp_federation.people import claims_in

MAP_TYPE = "https://localhost/trust-marks/assurance-map"
FULL = Levels(3, 3)


@dataclass(kw_only=True)
class Impostor:
    """A member of the federation with keys of its own.

    Args:
        itself: its address and keys.
        top: the prefecture.
        marks: what it shows of itself.
        accepts: whether it says that it accepts who asks.
    """

    itself: Stranger
    top: Member
    marks: list[str]
    accepts: bool = True

    @property
    def url(self) -> str:
        return self.itself.url

    def stand(self) -> None:
        """Be enrolled, and publish what a platform of ours publishes."""
        one = self.itself
        keys: JsonObject = one.protocol.jwks
        one.publish("/jwks", json.dumps(keys).encode(), kind="application/json")
        one.answers["/link"] = self._link
        given: JsonObject = {"configuration": self.publish()}
        answer = self.top.admin("POST", "/subordinates", given)
        assert answer.status_code == 201, answer.text

    def publish(self) -> str:
        shown: list[JsonValue] = [
            {"trust_mark_type": MAP_TYPE, "trust_mark": mark} for mark in self.marks
        ]
        metadata: JsonObject = {
            "openid_provider": {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"},
            "federation_entity": {"renkei_link_endpoint": f"{self.url}/link"},
        }
        more: JsonObject = {"trust_marks": shown} if shown else {}
        return self.itself.says(self.top.url, metadata=metadata, **more)

    def attested(self, **changes: JsonValue) -> JsonObject:
        """Get a map attested by the prefecture, and show it."""
        content: JsonObject = {"assurance_map": {**MAP, **changes}}
        issued = self.top.admin("POST", "/marks", {"subject": self.url, "content": content})
        assert issued.status_code == 201, issued.text
        told: JsonObject = issued.json()
        self.marks = [str(told["trust_mark"])]
        self.publish()
        return told

    def id_token(
        self, client: str, changes: JsonObject | None = None, *, levels: Levels = FULL
    ) -> str:
        now = int(time.time())
        claims: dict[str, JsonValue] = {
            "iss": self.url,
            "sub": "hanako",
            "aud": client,
            "iat": now,
            "exp": now + 300,
            "auth_time": now - 5,
            "acr": acr(levels),
            "amr": ["pwd", "hwk"] if levels.authentication == 3 else ["pwd", "otp"],
            "verified_claims": list[JsonValue](verified(levels.proofing)),
        }
        claims.update(changes or {})
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.itself.protocol.sign(kept, typ="JWT")

    def _link(self, path: str) -> Reply:
        now, peer = int(time.time()), httpx2.URL(self.url + path).params["peer"]
        claims: JsonObject = {
            "iss": self.url, "sub": peer, "aud": peer, "iat": now, "exp": now + 60,
            "accepted": self.accepts,
        }  # fmt: skip
        token = self.itself.key.sign(claims, typ="peer-link+jwt")
        return Reply(body=token.encode(), kind="application/peer-link+jwt")


def exchanged(service: Service, token: str) -> str:
    """What an exchange comes to: the levels in the token, or the error."""
    given = service.exchange(token)
    if given.status_code != 200:
        error: str = given.json()["error"]
        return error
    return str(claims_in(given.json()["access_token"])["acr"]).partition("/acr/")[2]
