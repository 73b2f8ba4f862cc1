"""Processes serve the houses that they are asked to, and load nothing of what only others need."""

import subprocess
import sys
from pathlib import Path

import pytest

from renkei.instance import Instance
from tests import asking
from tests.platforms import make_tenant, served, settings_of
from tests.scenarios.processes.conftest import eventually

LOADED = """
import sys
from renkei.app import create_app
from renkei.settings import load
create_app(load({"data": sys.argv[1], "database_url": sys.argv[2], "houses": sys.argv[3]}))
print(*sorted(sys.modules))
"""
OTHERS = (
    *("api_catalog.portal", "idp_federation.pages", "idp_federation.factors", "joint_use.pages"),
    *("datamodels.api", "datamodels.exporters", "webauthn", "segno"),
)


def loaded(data: Path, dsn: str, houses: str) -> set[str]:
    """The modules that a worker of these houses loads, as whole packages too."""
    command = [sys.executable, "-c", LOADED, str(data), dsn, houses]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return set(told)


def test_a_broker_alone_loads_nothing_of_what_only_others_need(
    tmp_path: Path, postgres_admin_dsn: str
) -> None:
    alone = loaded(tmp_path, postgres_admin_dsn, "broker")
    assert [name for name in OTHERS if name in alone] == []
    every = "broker,idp_federation,datamodels,api_catalog,joint_use"
    assert set(OTHERS) <= loaded(tmp_path, postgres_admin_dsn, every)


@pytest.mark.parametrize("houses", ["broker,joint_use", "idp_federation,joint_use"])
def test_only_the_paths_of_served_houses_are_there(
    houses: str, tmp_path: Path, postgres_admin_dsn: str
) -> None:
    settings = settings_of(tmp_path, postgres_admin_dsn, houses=houses)
    with served(settings) as url:
        headers = {"Authorization": f"Bearer {Instance(tmp_path).operator_token()}"}
        tenant = make_tenant(url, settings)
        types = asking.get(f"{url}/ngsi-ld/v1/types", headers={"NGSILD-Tenant": tenant, **headers})
        keys = asking.get(f"{url}/.well-known/openid-configuration")
        is_broker = houses.startswith("broker")
        assert (types.status_code == 200) is is_broker
        assert (keys.status_code == 200) is not is_broker
        assert eventually(lambda: asking.get(f"{url}/health/ready").status_code == 200)
        assert asking.get(f"{url}/catalog").status_code == 404
