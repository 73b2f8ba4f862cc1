import re
from http import HTTPStatus

import pytest
from starlette.requests import Request

from kit.pages.forgery import FormToken, is_forged
from kit.pages.forms import form_of
from kit.pages.language import Words
from kit.pages.refusals import PageRefused
from kit.pages.signed import Signer
from tests.unit.kit.pages.asked import asked, posted

SIGNER = Signer(b"0123456789abcdef")
COOKIE = "renkei_form=abc"
TOKEN = FormToken(asked(cookie=COOKIE), SIGNER)()
SAME = {"cookie": COOKIE, "sec_fetch_site": "same-origin"}


async def test_a_form_from_our_page_is_read_and_trimmed() -> None:
    form = await form_of(
        posted({"csrf": TOKEN, "name": " 江別市\r\n ", "empty": ""}, **SAME), SIGNER
    )
    assert form.value("name") == "江別市"
    assert form.value("empty") == ""
    assert form.value("absent") == ""
    assert "csrf" not in form.values


async def test_a_field_given_several_times_keeps_all_its_values() -> None:
    request = asked(
        method="POST",
        body=f"csrf={TOKEN}&a=1&a=2".encode(),
        content_type="application/x-www-form-urlencoded; charset=utf-8",
        **SAME,
    )
    form = await form_of(request, SIGNER)
    assert form.every("a") == ("1", "2")
    assert form.value("a") == "2"


async def test_fields_show_what_was_sent_and_what_is_wrong() -> None:
    form = await form_of(posted({"csrf": TOKEN, "code": "12"}, **SAME), SIGNER)
    fields = form.fields(code=Words("桁", "digits"))
    assert (fields.value("code"), fields.value("other")) == ("12", "")
    assert fields.errors["code"].en == "digits"


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({"cookie": COOKIE, "sec_fetch_site": "cross-site"}, TOKEN),
        ({"cookie": COOKIE, "sec_fetch_site": "same-site"}, TOKEN),
        ({"cookie": COOKIE, "origin": "https://evil.example"}, TOKEN),
        ({"cookie": COOKIE, "origin": "null"}, TOKEN),
        ({"cookie": "renkei_form=other"}, TOKEN),
        ({}, TOKEN),
        (SAME, ""),
        (SAME, TOKEN[:-1]),
        (SAME, "合言葉"),
    ],
)
async def test_a_form_from_elsewhere_is_refused(headers: dict[str, str], token: str) -> None:
    with pytest.raises(PageRefused) as refused:
        await form_of(posted({"csrf": token}, **headers), SIGNER)
    assert refused.value.status is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://renkei.example"}, {"origin": "https://renkei.example"}, {}],
    ids=["same origin", "behind a proxy that ends TLS", "an old browser"],
)
def test_a_form_from_here_is_not_forged(headers: dict[str, str]) -> None:
    assert not is_forged(posted({}, cookie=COOKIE, **headers), TOKEN, SIGNER)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (asked(method="POST", body=b"{}", content_type="application/json"), 400),
        (posted({"a": "x" * 100_000}), 413),
        (posted({f"n{number}": "" for number in range(300)}), 400),
        (posted({"a": "\0"}), 400),
        (asked(method="POST", body=b"a=%ff", content_type=posted({}).headers["content-type"]), 400),
        (asked(method="POST", body=b"\xff", content_type=posted({}).headers["content-type"]), 400),
    ],
    ids=["json", "large", "many fields", "nul", "not utf-8", "not ascii"],
)
async def test_what_no_page_of_ours_sends_is_refused(request_: Request, status: int) -> None:
    with pytest.raises(PageRefused) as refused:
        await form_of(request_, SIGNER)
    assert refused.value.status == status
    assert re.search("[ぁ-ん]", refused.value.text.ja)
