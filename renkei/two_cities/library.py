"""The service: the library of 江別市, a client of its platform that keeps residents' records."""

import base64
import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx2

from kit.errors import RenkeiError
from kit.json import JsonObject, JsonValue
from renkei.two_cities.stage import Site

CALLBACK = "http://localhost:9/library/callback"
PURPOSE = "図書の貸出し"
RECORD = "https://ebetsu.example/LibraryCard"
OWNER = "https://ebetsu.example/cardHolder"
_TIMEOUT_S = 60.0
_ACR = re.compile(r'acr_values="([^"]*)"')


class Refused(RenkeiError):
    """The platform refuses what the service asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the platform answers to a reading.

    Args:
        status: of HTTP.
        acr_values: the classes that would do, where a better sign-in would help.
        text: the body.
    """

    status: int
    acr_values: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """The service, and what it proves with who it is.

    Args:
        site: its platform.
        tenant: its municipality.
        secret: of its client for people.
        writing: of its client that writes records.
    """

    site: Site
    tenant: str
    secret: str
    writing: str

    @classmethod
    def open(cls, site: Site, tenant: str) -> "Library":
        """Register the service, and say who may read its records."""
        policy: JsonObject = {
            "personal": {
                RECORD: {
                    "owner": OWNER,
                    "purpose": PURPOSE,
                    "requires": {"proofing": 2, "authentication": 2},
                }
            }
        }
        place = f"/admin/tenants/{tenant}/policy"
        version = site.admin("GET", place)["version"]
        site.admin("PUT", place, {"version": version, "policy": policy})
        people: JsonObject = {
            "client_id": "library",
            "client_name": "江別市図書館",
            "client_name#en": "Ebetsu City Library",
            "grant_types": ["authorization_code"],
            "redirect_uris": [CALLBACK],
            "scope": "openid read",
        }
        writer: JsonObject = {
            "client_id": "library-records",
            "client_name": "江別市図書館（台帳）",
            "grant_types": ["client_credentials"],
            "scope": "write",
        }
        secret, writing = (cls._register(site, tenant, one) for one in (people, writer))
        return cls(site=site, tenant=tenant, secret=secret, writing=writing)

    @staticmethod
    def _register(site: Site, tenant: str, client: JsonObject) -> str:
        wanted: JsonObject = {
            **client,
            "tenants": [tenant],
            "purpose": PURPOSE,
            "token_endpoint_auth_method": "client_secret_basic",
            "resources": [f"{site.url}/ngsi-ld/v1"],
        }
        return str(site.admin("POST", "/admin/identity/clients", wanted)["client_secret"])

    def asks(self, verifier: str, acr_values: tuple[str, ...] = ()) -> str:
        """Make the address to which it sends a browser; with classes of which it needs one."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "client_id": "library",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid read",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        if acr_values:
            essential: JsonValue = {"essential": True, "values": [*acr_values]}
            asked["claims"] = json.dumps({"id_token": {"acr": essential}})
        return f"{self.site.url}/identity/v1/authorize?{urlencode(asked)}"

    def redeem(self, code: str, verifier: str) -> str:
        """Get an access token of the person who was sent back."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
        }
        return self._token("library", self.secret, form)

    def write_card(self, holder: str) -> None:
        """Write somebody's library card down, in the service's own name."""
        card: JsonObject = {
            "id": f"urn:library:card:{holder}",
            "type": RECORD,
            OWNER: {"type": "Property", "value": holder},
            "https://ebetsu.example/borrowed": {"type": "Property", "value": "石狩川の歴史"},
        }
        form = {"grant_type": "client_credentials"}
        token = self._token("library-records", self.writing, form)
        answer = self._send("POST", "/ngsi-ld/v1/entities", token, card)
        if answer.status_code != 201:
            raise Refused(f"The card is not written: {answer.status_code} {answer.text}")

    def read_card(self, token: str) -> Answer:
        """Read the cards that somebody's token opens: hers alone, if any."""
        answer = self._send("GET", f"/ngsi-ld/v1/entities?type={quote(RECORD, safe='')}", token)
        found = _ACR.search(answer.headers.get("www-authenticate", ""))
        return Answer(
            status=answer.status_code,
            acr_values=tuple(found[1].split()) if found else (),
            text=answer.text,
        )

    def _token(self, client: str, secret: str, form: dict[str, str]) -> str:
        answer = httpx2.post(
            f"{self.site.url}/identity/v1/token",
            data=form,
            auth=(client, secret),
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=self.site.platform.trusted,
        )
        if answer.status_code != 200:
            raise Refused(f"No token is given: {answer.text}")
        return str(answer.json()["access_token"])

    def _send(
        self, method: str, path: str, token: str, body: JsonObject | None = None
    ) -> httpx2.Response:
        return httpx2.request(
            method,
            self.site.url + path,
            json=body,
            headers={"Authorization": f"Bearer {token}", "NGSILD-Tenant": self.tenant},
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=self.site.platform.trusted,
        )
