"""Signing out: by a client's word, by one's own, and told to every client of the session."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from idp_federation.federation.jwt import read_keys
from idp_federation.oidc.errors import InvalidRequest
from idp_federation.oidc.logout import EVENT, read_logout_token
from kit.clock import utc_now
from kit.json import JsonValue
from tests.integration.idp_federation.people import ClientKey, Op, RelyingParty, handed_to


class Ear:
    """A client that hears logout tokens; the first times it answers with an error."""

    def __init__(self, failures: int) -> None:
        self.heard: list[str] = []
        self.failures = failures
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                ear.failures -= 1
                if ear.failures < 0:
                    ear.heard.append(parse_qs(body)["logout_token"][0])
                self.send_response(503 if ear.failures >= 0 else 204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/logout"


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear(failures=1)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def app(op: Op) -> RelyingParty:
    app = op.register(post_logout_redirect_uris=["https://app.example/bye"])
    app.browse(op.identity.sign_in(op.identity.open_account()))
    return app


def test_a_client_signs_its_person_out_and_gets_her_back(op: Op, app: RelyingParty) -> None:
    asked = {
        "id_token_hint": app.tokens()["id_token"],
        "post_logout_redirect_uri": "https://app.example/bye",
        "state": "s-2",
    }
    answer = app.visit(op.endpoint("logout"), asked)
    assert answer.headers["location"] == "https://app.example/bye?state=s-2"
    assert handed_to(app.ask("v" * 43))[0] == "sign-in"


def test_nobody_is_sent_where_the_client_has_not_registered(op: Op, app: RelyingParty) -> None:
    asked = {
        "id_token_hint": app.tokens()["id_token"],
        "post_logout_redirect_uri": "https://evil.example/bye",
    }
    assert app.visit(op.endpoint("logout"), asked).status_code == 400
    assert "code" in str(app.ask("v" * 43).headers["location"])


def test_without_a_hint_the_person_is_asked_and_a_link_alone_does_nothing(
    op: Op, app: RelyingParty
) -> None:
    page = app.visit(op.endpoint("logout"))
    assert page.status_code == 200
    assert "<form" in page.text
    confirm = page.text.partition('name="confirm" value="')[2].partition('"')[0]
    assert app.visit(op.endpoint("logout"), {"confirm": confirm}).status_code == 200
    assert "code=" in app.ask("v" * 43).headers["location"]
    cookie = "; ".join(f"{name}={value}" for name, value in app.cookies.items())
    form = {"confirm": confirm}
    held = {"cookie": cookie}
    forged = op.http.post(op.endpoint("logout"), data={"confirm": "x.y"}, headers=held)
    assert "<form" in forged.text
    done = op.http.post(op.endpoint("logout"), data=form, headers=held)
    assert "<form" not in done.text
    assert handed_to(app.ask("v" * 43))[0] == "sign-in"


def test_a_hint_of_another_session_ends_nothing_unasked(op: Op, app: RelyingParty) -> None:
    hint = app.tokens()["id_token"]
    app.browse(op.identity.sign_in(op.identity.open_account()))
    assert "<form" in app.visit(op.endpoint("logout"), {"id_token_hint": hint}).text


def test_every_client_of_a_session_is_told_that_it_ended(op: Op, ear: Ear) -> None:
    app = op.register(backchannel_logout_uri=ear.url)
    session = op.identity.sign_in(op.identity.open_account())
    app.browse(session)
    given = app.tokens()
    app.visit(op.endpoint("logout"), {"id_token_hint": given["id_token"]})
    deadline = time.monotonic() + 60
    while not ear.heard and time.monotonic() < deadline:
        time.sleep(0.05)
    keys = read_keys(op.http.get(op.endpoint("jwks")).json(), what="jwks")
    heard = read_logout_token(ear.heard[0], keys, issuer=op.url, client=app.id, now=utc_now())
    assert (heard.sid, heard.subject) == (session.session.sid, given.claims("id_token")["sub"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "n"},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": {EVENT: None}},
        {"jti": None},
        {"sub": None, "sid": None},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"typ": "JWT"},
    ],
)
def test_attack_8_a_logout_token_of_another_form_signs_nobody_out(
    wrong: dict[str, JsonValue],
) -> None:
    now, key = int(time.time()), ClientKey.new()
    claims: dict[str, JsonValue] = {
        "iss": "https://op.example",
        "aud": "app",
        "sub": "somebody",
        "sid": "s",
        "iat": now,
        "exp": now + 60,
        "jti": "j",
        "events": {EVENT: {}},
    }
    keys = read_keys(key.jwks, what="keys")
    places = {"issuer": "https://op.example", "client": "app"}
    right = key.sign(claims, typ="logout+jwt")
    assert read_logout_token(right, keys, **places, now=utc_now()).subject == "somebody"
    typ = str(wrong.get("typ", "logout+jwt"))
    changed = {name: one for name, one in {**claims, **wrong}.items() if one is not None}
    changed.pop("typ", None)
    forged = key.sign(changed, typ=typ)
    with pytest.raises(InvalidRequest):
        read_logout_token(forged, keys, **places, now=utc_now())
