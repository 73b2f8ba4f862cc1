"""Signing in as people do, over plain HTTP: accounts from the operator, forms from the pages."""

import base64
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from kit.json import JsonObject
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking

PASSWORD = "tsuki no ura no yuki daruma"
_IN_TIME_S = 8
_FORM = re.compile(r"<form\b(?P<attributes>[^>]*)>(?P<content>.*?)</form>", re.DOTALL)
_INPUT = re.compile(r"<input\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Resident:
    """Somebody with an account, and what she signs in with."""

    account: str
    tenant: str
    login: str
    password: str = PASSWORD
    totp: bytes | None = None

    def code(self, steps: int = 0) -> str:
        """The code that her app shows, or will show some steps from now."""
        assert self.totp is not None
        return app_code(self.totp, steps)


def app_code(secret: bytes, steps: int = 0) -> str:
    """The code that an authenticator app shows for a secret.

    One of the step before counts until the present step ends, so it is not taken just before that.
    """
    left_s = 30 - time.time() % 30
    if steps < 0 and left_s < _IN_TIME_S:
        time.sleep(left_s)
    maker = TOTP(secret, 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - RFC 6238
    return maker.generate(int(time.time()) + 30 * steps).decode()


@dataclass(kw_only=True)
class Surfer:
    """A browser without scripts: keeps cookies, follows redirections, fills in forms."""

    url: str
    page: httpx2.Response | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    language: str = "ja"

    def __post_init__(self) -> None:
        self.http = asking.client(timeout=30, follow_redirects=False, trust_env=False)
        self.http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __enter__(self) -> "Surfer":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def send(
        self, method: str, url: str, form: Mapping[str, str] | None = None, **headers: str
    ) -> httpx2.Response:
        """Send one request with the cookies that are kept, and keep those that come."""
        sent = {"accept-language": self.language, **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            sent.setdefault("origin", self.url)
        answer = self.http.request(
            method, urljoin(self.url, url), data=dict(form) if form else None, headers=sent
        )
        for header in answer.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0]
            if "max-age=0" in header.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """Follow redirections within the platform; stops where they lead elsewhere."""
        for _ in range(10):
            location = answer.headers.get("location")
            if location is None or not urljoin(self.url, location).startswith(self.url):
                break
            answer = self.send("GET", location)
        self.page = answer
        return answer

    def visit(self, url: str) -> httpx2.Response:
        """Open a page."""
        return self.follow(self.send("GET", url))

    def fill(self, action: str = "", **typed: str) -> httpx2.Response:
        """Fill in the page's form whose action contains a text, and send it."""
        assert self.page is not None
        for found in _FORM.finditer(self.page.text):
            attributes = _attributes(found["attributes"])
            target = attributes.get("action", str(self.page.url))
            if action not in target or ("data-passkey" in attributes) != ("passkey" in typed):
                continue
            fields = {
                one["name"]: one.get("value", "")
                for one in map(_attributes, _INPUT.findall(found["content"]))
                if "name" in one and one.get("type") not in {"radio", "checkbox"}
            }
            return self.follow(self.send("POST", target, {**fields, **typed}))
        raise AssertionError(f"The page has no form for {action!r}: {self.page.text[:2000]}")

    def sign_in(self, resident: Resident, code: str | None = None) -> httpx2.Response:
        """Fill in the sign-in page that is open, and the second step where it follows."""
        answer = self.fill("sign-in", login=resident.login, password=resident.password)
        if resident.totp is not None and 'name="code"' in answer.text:
            answer = self.fill("second", code=code or resident.code())
        return answer

    def passkey_options(self) -> JsonObject:
        """What the open page tells the browser of a passkey."""
        assert self.page is not None
        found = re.search(r'data-passkey="[a-z]+" data-options="([^"]*)"', self.page.text)
        assert found is not None, self.page.text
        options: JsonObject = json.loads(unescape(found[1]))
        return options

    def fill_passkey(self, answer: JsonObject, **typed: str) -> httpx2.Response:
        """Send the open page's passkey form as its script does."""
        return self.fill(passkey=json.dumps(answer), **typed)

    def arrived(self) -> dict[str, str]:
        """What the service was told in the address that the browser was sent to."""
        assert self.page is not None
        location = self.page.headers.get("location")
        assert location is not None, self.page.text
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def operate(
    url: str, settings: Settings, method: str, path: str, body: JsonObject | None = None
) -> httpx2.Response:
    """Call the operator's API of accounts."""
    return asking.request(
        method,
        f"{url}/admin/identity/accounts{path}",
        json=body,
        headers={"Authorization": f"Bearer {Instance(settings.data).operator_token()}"},
        timeout=30,
        trust_env=False,
    )


def invite(url: str, settings: Settings, tenant: str = "default") -> tuple[Resident, str]:
    """Open an account as an operator does; answers with the one-time link too."""
    login = f"hanako-{secrets.token_hex(4)}"
    body: JsonObject = {"tenant": tenant, "login": login, "claims": {"name": "札幌 花子"}}
    answer = operate(url, settings, "POST", "", body)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    return Resident(account=told["account"]["id"], tenant=tenant, login=login), told["url"]


def prove(url: str, settings: Settings, account: str, way: str = "face_to_face") -> None:
    """Record an account's proofing as an operator does."""
    body: JsonObject = {
        "way": way,
        "document": "driving_permit",
        "organisation": "札幌市 戸籍住民課",
        "claims": {"name": "札幌 花子", "birthdate": "1990-04-01"},
    }
    answer = operate(url, settings, "POST", f"/{account}/proof", body)
    assert answer.status_code == 200, answer.text


def make_resident(
    url: str,
    settings: Settings,
    tenant: str = "default",
    *,
    with_app: bool = False,
    proofing: str | None = None,
) -> Resident:
    """Open an account and set it up by the one-time link, as its owner does.

    Args:
        url: of the platform.
        settings: of the platform, for the operator token.
        tenant: the municipality.
        with_app: whether she adds an authenticator app too.
        proofing: how the operator has established who she is; None: not at all.
    """
    resident, link = invite(url, settings, tenant)
    if proofing is not None:
        prove(url, settings, resident.account, proofing)
    with Surfer(url=url) as surfer:
        surfer.visit(link)
        answer = surfer.fill(password=resident.password, again=resident.password)
        assert answer.status_code == 200, answer.text
        assert f"renkei_session_{tenant}" in "".join(surfer.cookies)
        return replace(resident, totp=add_app(surfer, tenant)) if with_app else resident


def add_app(surfer: Surfer, tenant: str) -> bytes:
    """Add an authenticator app on the account page; the code used is that of the step before."""
    page = surfer.visit(f"/identity/v1/account/totp?tenant={tenant}")
    assert page.status_code == 200, page.text
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found is not None, page.text
    secret = base64.b32decode(found[1].replace(" ", ""))
    answer = surfer.fill("account/totp", code=app_code(secret, -1))
    assert answer.status_code == 200, answer.text
    return secret


def _attributes(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(text)}
