"""A tenant knows its municipality, so that files without a code need no option."""

import secrets

from renkei.commands.platform import Platform, municipality_of
from renkei.instance import Instance
from renkei.settings import Settings
from tests import asking


def test_the_municipality_is_the_tenants(broker_url: str, platform_settings: Settings) -> None:
    token = Instance(platform_settings.data).operator_token()
    name = f"t_{secrets.token_hex(6)}"
    made = asking.post(
        f"{broker_url}/admin/tenants",
        json={"name": name, "municipality_code": "372013"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    )
    assert made.status_code == 201, made.text
    assert municipality_of(Platform(url=broker_url, operator_token=token), name) == "372013"


def test_it_stays_unknown_without_a_token_or_without_such_a_tenant(
    broker_url: str, platform_settings: Settings
) -> None:
    token = Instance(platform_settings.data).operator_token()
    assert municipality_of(Platform(url=broker_url), "default") is None
    assert municipality_of(Platform(url=broker_url, operator_token=token), "nowhere_at") is None
    assert municipality_of(Platform(url=broker_url, operator_token="wrong"), "default") is None
