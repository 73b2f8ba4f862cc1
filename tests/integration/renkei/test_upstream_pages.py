"""The way to a provider and back: pages as all others, and a bound for one address."""

from collections.abc import Iterator

import httpx2
import pytest

from tests import asking
from tests.platforms import served, settings_of

SOMEBODY = {"X-Forwarded-For": "203.0.113.7"}
PLACE = "/identity/v1/upstream/nobody"


@pytest.fixture(scope="module")
def behind_proxy(
    postgres_admin_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    """A client of a platform that believes its proxy who asks."""
    data = tmp_path_factory.mktemp("behind")
    settings = settings_of(data, postgres_admin_dsn, proxies="127.0.0.1/32")
    with (
        served(settings) as url,
        asking.client(base_url=url, timeout=30, trust_env=False) as client,
    ):
        yield client


@pytest.mark.parametrize(
    ("where", "status", "ja", "en"),
    [
        ("begin?tenant=default", 503, "認証事業者につながりません", "cannot be reached"),
        ("begin", 400, "サービスの画面からやり直してください", "Start again at the service"),
        ("callback?state=x", 400, "応答を確認できませんでした", "could not be verified"),
    ],
)
def test_who_cannot_sign_in_at_a_provider_reads_why_on_a_page_in_her_language(
    behind_proxy: httpx2.Client, where: str, status: int, ja: str, en: str
) -> None:
    page = behind_proxy.get(f"{PLACE}/{where}")
    assert page.status_code == status
    assert '<html lang="ja"' in page.text
    assert ja in page.text
    assert "サービスの開発者の方へ" in page.text
    assert "/assets/" in page.text, "It looks like the platform's other pages"
    english = behind_proxy.get(f"{PLACE}/{where}", headers={"Accept-Language": "en"})
    assert '<html lang="en"' in english.text
    assert en in english.text


def test_attack_an_address_that_sends_browsers_to_providers_again_and_again_is_held_up(
    behind_proxy: httpx2.Client,
) -> None:
    asked = f"{PLACE}/begin?tenant=default"
    found = [behind_proxy.get(asked, headers=SOMEBODY) for _ in range(62)]
    assert {one.status_code for one in found[:60]} == {503}
    assert found[-1].status_code == 429
    assert "試行の回数が多すぎます" in found[-1].text
    assert int(found[-1].headers["retry-after"]) > 0
    interaction = behind_proxy.get(f"{PLACE}/begin?interaction=x", headers=SOMEBODY)
    assert interaction.status_code == 429, "A service's request is no way around"
    assert behind_proxy.get(asked).status_code == 503, "Others are not held up"
