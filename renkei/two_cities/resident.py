"""The resident: her account at 札幌市, her authenticator app, and how she gets through pages."""

import base64
import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from kit.json import JsonObject
from renkei.two_cities.browser import Browser, LostWay, link_in
from renkei.two_cities.stage import Site

PASSWORD = "kita-no-daichi no yuki akari"  # noqa: S105 - of somebody made up, for minutes
LOGIN = "hanako"
_SECRET = re.compile(r'<code class="secret">([A-Z2-7 ]+)</code>')
_PERIOD_S = 30
_MOST_PAGES = 12


@dataclass(kw_only=True)
class Resident:
    """Somebody of 札幌市.

    Args:
        home: her municipality's platform.
        tenant: its tenant.
        browser: hers.
        app: the secret of her authenticator app; None before she has one.
    """

    home: Site
    tenant: str
    browser: Browser
    app: bytes | None = field(default=None, repr=False)
    used: set[str] = field(default_factory=set, repr=False)

    def move_in(self) -> None:
        """Get an account, as an operator invites her, and prove at the counter who she is."""
        claims: JsonObject = {"name": "札幌 花子"}
        wanted: JsonObject = {"tenant": self.tenant, "login": LOGIN, "claims": claims}
        told = self.home.admin("POST", "/admin/identity/accounts", wanted)
        account = told["account"]
        assert isinstance(account, dict)  # noqa: S101 - our own API
        proof: JsonObject = {
            "way": "documents",
            "document": "driving_permit",
            "organisation": "札幌市 戸籍住民課",
            "claims": {"name": "札幌 花子", "birthdate": "1990-04-01"},
        }
        self.home.admin("POST", f"/admin/identity/accounts/{account['id']}/proof", proof)
        self.browser.visit(str(told["url"]))
        self.browser.fill("", {"password": PASSWORD, "again": PASSWORD})

    def add_app(self) -> None:
        """Add an authenticator app on her account page."""
        page = f"{self.home.url}/identity/v1/account/totp?tenant={self.tenant}"
        found = _SECRET.search(self.browser.visit(page))
        if found is None:
            raise LostWay(f"{self.browser.address} shows no secret for an authenticator app")
        self.app = base64.b32decode(found[1].replace(" ", ""))
        self.browser.fill("account/totp", {"code": self._code()})

    def go_on(self) -> None:
        """Do on each page what it asks for, until the browser is sent back to the service.

        Raises:
            LostWay: a page asks for something that she does not know.
        """
        for _ in range(_MOST_PAGES):
            if self.browser.has_arrived:
                return
            self._do()
        raise LostWay(f"The pages do not end at {self.browser.address}")

    def _do(self) -> None:
        browser, place = self.browser, urlsplit(self.browser.address)
        page = place.path.rpartition("/")[2]
        if page == "consent":
            browser.fill("consent", {"answer": "yes"})
        elif not browser.address.startswith(self.home.url):
            browser.visit(self._way_home(parse_qs(place.query).get("interaction", [""])[0]))
        elif 'name="code"' in browser.text:
            browser.fill("", {"code": self._code()})
        else:
            browser.fill("sign-in", {"login": LOGIN, "password": PASSWORD})

    def _way_home(self, interaction: str) -> str:
        """Choose her own municipality on another's page."""
        place = urlsplit(self.browser.address)
        offered = link_in(self.browser.text, f"upstream/{self.tenant}/begin")
        origin = f"{place.scheme}://{place.netloc}"
        if offered is not None:
            return offered if offered.startswith("https:") else origin + offered
        way = f"/identity/v1/upstream/{self.tenant}/begin?interaction={interaction}"
        return origin + way

    def _code(self) -> str:
        """Read a code off her app that was not used before; waits for one where it has to."""
        if self.app is None:
            raise LostWay(f"{self.browser.address} wants a code, and she has no app")
        maker = TOTP(self.app, 6, SHA1(), _PERIOD_S, enforce_key_length=False)  # noqa: S303
        while True:
            now = int(time.time())
            for at in (now - _PERIOD_S, now, now + _PERIOD_S):
                code = maker.generate(at).decode()
                if code not in self.used:
                    self.used.add(code)
                    return code
            time.sleep(1)
