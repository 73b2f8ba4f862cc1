"""The pages of onboarding, as programs and people with bad intentions ask for them."""

import re
from collections.abc import Iterator

import httpx2
import pytest

from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking
from tests.integration.joint_use.onboarding import filled

APPLY = "/joint-use/v1/applications"
PLACE = "https://renkei.example"


@pytest.fixture
def visitor(broker_url: str) -> Iterator[httpx2.Client]:
    """A browser of its own, that follows no redirects."""
    with asking.client(base_url=broker_url, timeout=30) as opened:
        yield opened


@pytest.fixture
def token(platform_settings: Settings) -> str:
    return Instance(platform_settings.data).operator_token()


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found[1]


def posted(
    visitor: httpx2.Client, page: str, form: dict[str, str], to: str | None = None
) -> httpx2.Response:
    """Send a form as a browser does that has read its page."""
    csrf = hidden(visitor.get(page).text, "csrf")
    return visitor.post(to or page, data={"csrf": csrf, **form})


def applied(visitor: httpx2.Client) -> dict[str, str]:
    answer = visitor.post(APPLY, json={**filled(), "agreed": "1"})
    assert answer.status_code == 201, answer.text
    told: dict[str, str] = answer.json()
    return told


def signed_in(visitor: httpx2.Client, token: str) -> httpx2.Response:
    return posted(visitor, "/operator/sign-in", {"token": token})


def test_who_sends_at_once_looks_once_more(visitor: httpx2.Client) -> None:
    opened = hidden(visitor.get("/apply").text, "opened")
    form = {**filled(), "agreed": "1", "opened": opened, "act": "send"}
    page = posted(visitor, "/apply", form)
    assert page.status_code == 200
    assert "まだ送信していません" in page.text
    form["opened"] = "made-up"
    assert "まだ送信していません" in posted(visitor, "/apply", form).text


def test_who_fills_in_what_nobody_sees_is_no_person(visitor: httpx2.Client) -> None:
    form = {**filled(), "agreed": "1", "act": "send", "website": "https://spam.example"}
    assert posted(visitor, "/apply", form).status_code == 400


def test_a_form_from_elsewhere_is_refused_as_a_page(visitor: httpx2.Client) -> None:
    for page in ("/apply", "/operator/sign-in"):
        csrf = hidden(visitor.get(page).text, "csrf")
        elsewhere = {"origin": "https://evil.example"}
        refused = visitor.post(page, data={"csrf": csrf}, headers=elsewhere)
        assert refused.status_code == 403
        assert "送信を確認できませんでした" in refused.text
    assert visitor.post("/apply", data={"csrf": "made up"}).status_code == 403
    large = visitor.post("/apply", data={"purpose": "x" * 100_000})
    assert large.status_code == 413


def test_what_was_typed_is_shown_again_and_is_no_markup(visitor: httpx2.Client) -> None:
    form = {**filled(organisation_name="<script>alert(1)</script>", size=""), "act": "check"}
    page = posted(visitor, "/apply", form)
    assert page.status_code == 422
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>" not in page.text
    assert '<a href="#size">' in page.text
    assert '<a href="#agreed">' in page.text


def test_an_application_is_seen_with_its_link_alone(visitor: httpx2.Client) -> None:
    receipt = applied(visitor)
    path = f"/applications/{receipt['receipt']}"
    page = visitor.get(f"{path}/{receipt['secret']}")
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    for wrong in (f"{path}/wrong", f"{path}/wrong/start", f"{path}/wrong/received"):
        assert visitor.get(wrong).status_code == 404
    assert visitor.get(f"{path}/{receipt['secret']}/start").status_code == 404, "not approved yet"


def test_an_applicant_withdraws_on_the_page(visitor: httpx2.Client) -> None:
    receipt = applied(visitor)
    own = f"/applications/{receipt['receipt']}/{receipt['secret']}"
    answer = posted(visitor, own, {}, own + "/withdraw")
    assert answer.status_code == 303
    assert "取下げ済み" in visitor.get(own).text
    again = visitor.post(own + "/withdraw", data={"csrf": "x"})
    assert again.status_code == 403


def test_the_reader_is_told_addresses_as_they_reached_them(visitor: httpx2.Client) -> None:
    secure = {"x-forwarded-proto": "https", "host": "renkei.example"}
    assert f"{PLACE}/ngsi-ld/v1" in visitor.get("/developers", headers=secure).text
    receipt = visitor.post(APPLY, json={**filled(), "agreed": "1"}, headers=secure).json()
    assert receipt["link"].startswith(f"{PLACE}/applications/")


def test_the_operator_s_session_is_the_browser_s_secret(visitor: httpx2.Client, token: str) -> None:
    assert visitor.get("/operator/applications").headers["location"] == "/operator/sign-in"
    assert signed_in(visitor, "wrong").status_code == 422
    begun = signed_in(visitor, token)
    cookie = begun.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/operator"))
    assert token not in cookie
    assert visitor.get("/operator").headers["location"] == "/operator/applications"
    assert visitor.get("/operator/applications").status_code == 200
    assert visitor.get("/operator/applications?status=refused").status_code == 200
    ended = posted(visitor, "/operator/applications", {}, "/operator/sign-out")
    assert ended.headers["location"] == "/operator/sign-in"
    assert visitor.get("/operator/applications").status_code == 303


@pytest.mark.parametrize("cookie", ["", "operator", "x.9999999999.operator", "x" * 5000])
def test_a_session_cannot_be_made_up(visitor: httpx2.Client, cookie: str) -> None:
    headers = {"cookie": f"renkei_operator={cookie}"}
    answer = visitor.get("/operator/applications", headers=headers)
    assert answer.status_code == 303


def test_nothing_is_decided_without_a_session(visitor: httpx2.Client) -> None:
    receipt = applied(visitor)
    for step in ("approve", "proceed", "ask", "refuse", "link"):
        answer = visitor.post(f"/operator/applications/{receipt['receipt']}/{step}", data={})
        assert answer.headers["location"] == "/operator/sign-in"
    own = visitor.get(
        f"{APPLY}/{receipt['receipt']}",
        headers={"authorization": f"Bearer {receipt['secret']}"},
    )
    assert own.json()["status"] == "submitted"


def test_the_operator_refuses_and_renews_a_link(visitor: httpx2.Client, token: str) -> None:
    receipt = applied(visitor)
    signed_in(visitor, token)
    one = f"/operator/applications/{receipt['receipt']}"
    assert visitor.get("/operator/applications/20260401-ABCDEF").status_code == 404
    empty = posted(visitor, one, {"reason": " "}, one + "/refuse")
    assert empty.status_code == 400
    assert '<a href="#reason">' in empty.text
    done = posted(visitor, one, {"reason": "目的が規約に合いません。"}, one + "/refuse")
    assert done.status_code == 303
    late = posted(visitor, one, {"question": "？"}, one + "/ask")
    assert late.status_code == 409
    renewed = posted(visitor, one, {}, one + "/link").text
    found = re.search(r"http://[^<\s]+/applications/[^<\s]+", renewed)
    assert found is not None
    assert "目的が規約に合いません。" in visitor.get(found[0]).text
    old = visitor.get(f"/applications/{receipt['receipt']}/{receipt['secret']}")
    assert old.status_code == 404


def test_terms_of_use_are_read_by_version(visitor: httpx2.Client) -> None:
    assert "第1条" in visitor.get("/terms").text
    assert "Article 1" in visitor.get("/terms/1?lang=en").text
    assert visitor.get("/terms/absent").status_code == 404


def test_a_refusal_speaks_the_reader_s_language(visitor: httpx2.Client) -> None:
    page = visitor.get("/terms/absent", headers={"accept-language": "en"})
    assert "<h1>Page not found</h1>" in page.text
