"""Sign-ins at an OpenID Provider: services in their own names, and people through its pages.

Spec: RFC 6749 §4.4; OpenID Connect Core 1.0 §3.1
"""

import base64
import hashlib
import json
import random
import secrets
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from locust import FastHttpUser, constant, events, task
from locust.contrib.fasthttp import FastResponse

from loadtests.forms import form_of
from loadtests.headers import listen

listen(events)

CALLBACK = "https://load.example/callback"
_MOST_STEPS = 8
_FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


class Service(FastHttpUser):
    """A service that gets tokens in its own name."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """Take in who it is."""
        options = self.environment.parsed_options
        pair = f"{options.client}:{options.secret}".encode()
        self._headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", **_FORM_TYPE}

    @task
    def token(self) -> None:
        """Get one."""
        with self.client.post(
            "/identity/v1/token",
            data="grant_type=client_credentials",
            headers=self._headers,
            name="token of a service",
            catch_response=True,
        ) as answer:
            if answer.status_code != 200 or b"access_token" not in (answer.content or b""):
                answer.failure(f"The answer is {answer.status_code}, and no token")


class Person(FastHttpUser):
    """Somebody who opens an app, signs in with a password and comes back with a code."""

    wait_time = constant(0)

    def on_start(self) -> None:
        """Take in who signs in where."""
        options = self.environment.parsed_options
        self._options = options
        self._residents: list[dict[str, str]] = json.loads(Path(options.residents).read_text())
        pair = f"{options.client}:{options.secret}".encode()
        self._basic = f"Basic {base64.b64encode(pair).decode()}"
        self._cookies: dict[str, str] = {}

    @task
    def sign_in(self) -> None:
        """Walk from the app's button to its tokens."""
        self._cookies.clear()
        verifier = secrets.token_urlsafe(32)
        page = self._followed(self._authorize(verifier), "page of sign-in")
        form = form_of(page.text or "", "sign-in")
        if form is None:
            self._went_wrong(f"no form of sign-in, but {page.status_code}")
            return
        resident = random.choice(self._residents)
        target, hidden = form
        filled = {**hidden, "login": resident["login"], "password": resident["password"]}
        answer = self._send("POST", _here(page, target), "password", filled)
        location = _location(self._followed(answer, "back to the app")) or ""
        code = parse_qs(urlsplit(location).query).get("code")
        if not location.startswith(CALLBACK) or code is None:
            self._went_wrong(f"no code, but {location or answer.status_code}")
            return
        self._redeem(code[0], verifier)

    def _authorize(self, verifier: str) -> FastResponse:
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._options.client,
            "redirect_uri": CALLBACK,
            "scope": "openid",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return self._send("GET", f"/identity/v1/authorize?{urlencode(asked)}", "authorize")

    def _redeem(self, code: str, verifier: str) -> None:
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": verifier,
        }
        answer = self._send(
            "POST", "/identity/v1/token", "code to tokens", given, Authorization=self._basic
        )
        if b"id_token" not in (answer.content or b""):
            self._went_wrong(f"no ID token, but {answer.status_code}")

    def _followed(self, answer: FastResponse, name: str) -> FastResponse:
        """Follow redirections, as long as they stay at the provider."""
        for _ in range(_MOST_STEPS):
            location = _location(answer)
            if location is None or location.startswith(CALLBACK):
                break
            answer = self._send("GET", _here(answer, location), name)
        return answer

    def _send(
        self, method: str, url: str, name: str, form: dict[str, str] | None = None, **headers: str
    ) -> FastResponse:
        sent = {"Accept-Language": "ja", **headers}
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{key}={value}" for key, value in self._cookies.items())
        if form is not None:
            sent |= {**_FORM_TYPE, "Origin": str(self.host)}
        answer: FastResponse = self.client.request(
            method,
            url,
            data=None if form is None else urlencode(form),
            headers=sent,
            name=name,
            allow_redirects=False,
        )
        given = () if answer.headers is None else answer.headers.get_all("Set-Cookie")
        for cookie in given or ():
            parsed: SimpleCookie = SimpleCookie(cookie)
            self._cookies |= {key: morsel.value for key, morsel in parsed.items()}
        return answer

    def _went_wrong(self, how: str) -> None:
        self.environment.events.request.fire(
            request_type="WALK",
            name="sign-in",
            response_time=0,
            response_length=0,
            exception=ValueError(how),
            context={},
        )


def _location(answer: FastResponse) -> str | None:
    location = None if answer.headers is None else answer.headers.get("Location")
    return None if location is None else str(location)


def _here(page: FastResponse, target: str) -> str:
    """Go where a page leads, at the address that the provider is reached at."""
    return urlsplit(urljoin(page.url or "", target))._replace(scheme="", netloc="").geturl()
