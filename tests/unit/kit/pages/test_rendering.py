import re
from importlib.resources import files

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from kit.db import DatabaseUnavailable
from kit.pages import refusals
from kit.pages.assets import Assets
from kit.pages.forms import Fields, form_of
from kit.pages.language import Words
from kit.pages.refusals import PageRefused
from kit.pages.rendering import Link, Pages, Site

SITE = Site(
    name=Words("連携", "renkei"),
    key=b"0123456789abcdef",
    links=[Link("/apply", Words("申請", "Apply"))],
)


def explain(error: Exception) -> PageRefused | None:
    return refusals.not_found() if isinstance(error, LookupError) else None


PAGES = Pages(SITE, "tests.unit.kit.pages", "templates", explain=explain)


async def show(request: Request) -> Response:
    return PAGES.render(request, "form.html", fields=Fields(), crumbs=[("/above", "<上>")])


async def take(request: Request) -> Response:
    form = await form_of(request, SITE.signer)
    if not form.value("name"):
        fields = form.fields(name=Words("名称を入力してください。", "Enter a name."))
        return PAGES.render(request, "form.html", status=422, fields=fields)
    return PAGES.redirect("/apply")


async def fail(request: Request) -> Response:
    match request.query_params["how"]:
        case "away":
            raise DatabaseUnavailable("away")
        case "absent":
            raise LookupError("absent")
        case _:
            raise ZeroDivisionError("a fault")


APP = Starlette(
    routes=[
        PAGES.route("/apply", show),
        PAGES.route("/apply", take, methods=["POST"]),
        PAGES.route("/fail", fail),
        *SITE.assets.routes(),
    ]
)


@pytest.fixture
def client() -> TestClient:
    return TestClient(APP, base_url="http://renkei.example", follow_redirects=False)


def token_in(html: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def test_a_page_speaks_one_language_and_offers_the_other(client: TestClient) -> None:
    page = client.get("/apply?page=2&lang=ja")
    assert '<html lang="ja">' in page.text
    assert "<title>申請 | 連携</title>" in page.text
    assert 'href="?page=2&amp;lang=en"' in page.text
    assert page.headers["content-language"] == "ja"
    assert '<html lang="en">' in client.get("/apply?lang=en").text
    assert '<html lang="en">' in client.get("/apply").text, "the choice is remembered"


def test_what_is_given_to_a_page_is_escaped(client: TestClient) -> None:
    assert "&lt;上&gt;" in client.get("/apply").text
    assert "<上>" not in client.get("/apply").text


def test_a_page_may_load_nothing_from_elsewhere_and_run_nothing(client: TestClient) -> None:
    headers = client.get("/apply").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store", "a page with a token is nobody else's"


def test_a_form_is_taken_once_from_its_page(client: TestClient) -> None:
    token = token_in(client.get("/apply").text)
    sent = client.post("/apply", data={"csrf": token, "name": "江別市"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/apply")
    stranger = TestClient(APP, base_url="http://renkei.example")
    assert stranger.post("/apply", data={"csrf": token, "name": "江別市"}).status_code == 403


def test_the_cookie_of_forms_is_for_the_browser_alone(client: TestClient) -> None:
    cookie = client.get("/apply").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    secure = TestClient(APP, base_url="https://renkei.example").get("/apply")
    assert "Secure" in secure.headers["set-cookie"]
    behind = {"x-forwarded-proto": "https"}
    proxied = TestClient(APP, base_url="http://renkei.example").get("/apply", headers=behind)
    assert "Secure" in proxied.headers["set-cookie"]


def test_an_error_is_told_at_the_top_and_at_its_field(client: TestClient) -> None:
    token = token_in(client.get("/apply").text)
    page = client.post("/apply", data={"csrf": token, "name": " ", "kind": "b"})
    assert page.status_code == 422
    assert '<a href="#name">名称を入力してください。</a>' in page.text
    assert 'aria-describedby="name-hint name-error" aria-invalid="true"' in page.text
    assert 'value="b" checked' in page.text, "what was chosen stays"


@pytest.mark.parametrize(("how", "status"), [("away", 503), ("absent", 404)])
def test_a_refusal_is_a_page(client: TestClient, how: str, status: int) -> None:
    page = client.get(f"/fail?how={how}")
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert ("retry-after" in page.headers) == (status == 503)


def test_a_fault_stays_one(client: TestClient) -> None:
    with pytest.raises(ZeroDivisionError):
        client.get("/fail?how=fault")


def test_static_files_are_kept_for_a_year_under_the_hash_of_their_content(
    client: TestClient,
) -> None:
    url = SITE.assets.url("kit", "pages.css")
    file = client.get(url)
    assert file.headers["content-type"].startswith("text/css")
    assert "immutable" in file.headers["cache-control"]
    collection, earlier = url.split("/")[2], "0" * 16
    older = client.get(f"/assets/{collection}/{earlier}/pages.css")
    assert older.headers["cache-control"] == "public, no-cache"
    assert older.content == file.content
    assert client.head(url).status_code == 200


@pytest.mark.parametrize(
    "path",
    ["kit/x/absent.css", "absent/x/pages.css", "kit/x/%2e%2e/forms.py"],
)
def test_only_files_of_a_collection_are_served(client: TestClient, path: str) -> None:
    assert client.get(f"/assets/{path}").status_code == 404


def test_a_collection_has_one_name_and_some_files() -> None:
    assets = Assets()
    with pytest.raises(ValueError, match="taken"):
        assets.add("kit", files("kit.pages") / "static")
    with pytest.raises(LookupError, match="no file"):
        assets.url("kit", "absent.css")


def test_the_stylesheet_loads_nothing_from_elsewhere() -> None:
    text = (files("kit.pages") / "static" / "pages.css").read_text("utf-8")
    assert "url(" not in text
    assert "@import" not in text
