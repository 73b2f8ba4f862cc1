import gzip

import pytest

from kit.pages.assets import Assets
from kit.pages.language import Words
from kit.pages.packing import takes_gzip
from kit.pages.rendering import Pages, Site
from tests.unit.kit.pages.asked import asked


def site() -> Site:
    return Site(name=Words("連携", "renkei"), key=b"0123456789abcdef", assets=Assets())


@pytest.mark.parametrize(
    ("accepted", "is_taken"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
    ],
)
def test_gzip_is_for_who_takes_it(accepted: str, is_taken: bool) -> None:
    assert takes_gzip(asked(accept_encoding=accepted)) is is_taken


def test_a_page_without_a_secret_is_packed_and_one_with_a_token_is_not() -> None:
    pages = Pages(site(), "tests.unit.kit.pages", "templates")
    request = asked(accept_encoding="gzip")
    plain = pages.render(asked(), "long.html")
    packed = pages.render(request, "long.html")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == bytes(plain.body)
    assert int(packed.headers["content-length"]) == len(bytes(packed.body)) < len(bytes(plain.body))
    assert "accept-encoding" in packed.headers["vary"].lower()
    from_form = pages.render(request, "long_form.html")
    assert "content-encoding" not in from_form.headers


async def test_static_files_are_packed_once_and_unpacked_are_the_same() -> None:
    assets = Assets()
    _, _, collection, mark, path = assets.url("kit", "pages.css").split("/")
    answers = []
    for request in (asked(accept_encoding="gzip"), asked()):
        request.scope["path_params"] = {"collection": collection, "hash": mark, "path": path}
        answers.append(await assets.serve(request))
    packed, plain = answers
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(bytes(packed.body)) == bytes(plain.body)
