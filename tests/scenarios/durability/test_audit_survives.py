"""Records of answered reads survive kill -9 of whatever takes part."""

import threading
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import httpx2
import pytest

from joint_use import Levels
from kit.json import JsonObject
from renkei.embedded import EmbeddedPostgres
from renkei.instance import Instance
from renkei.settings import load
from tests import asking
from tests.integration.idp_federation.people import ANCHOR, Op
from tests.integration.renkei.enforcing import RESIDENT, Resident, a_city, resident
from tests.scenarios.durability.killable import Killable

READERS = 3
READS_BETWEEN_KILLS = 40
PATIENCE_S = 60.0


class Reading:
    """Reads her own record again and again, and counts what was answered."""

    def __init__(self, her: Resident) -> None:
        self._her = her
        self._goes_on = True
        self._more = threading.Condition()
        self.answered = 0
        self._threads = [threading.Thread(target=self._read) for _ in range(READERS)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        address = f"{self._her.city.op.url}/ngsi-ld/v1/entities?type={RESIDENT}"
        headers = {
            "NGSILD-Tenant": self._her.city.name,
            "Authorization": f"Bearer {self._her.token}",
        }
        with asking.client(headers=headers, timeout=5, trust_env=False) as http:
            while self._goes_on:
                try:
                    answer = http.get(address)
                except httpx2.HTTPError:
                    continue
                if answer.status_code == 200 and answer.json():
                    with self._more:
                        self.answered += 1
                        self._more.notify_all()

    def await_more(self, number: int) -> None:
        """Wait until so many more reads are answered."""
        with self._more:
            wanted = self.answered + number
            assert self._more.wait_for(lambda: self.answered >= wanted, PATIENCE_S)

    def end(self) -> None:
        """Read no more."""
        self._goes_on = False
        for thread in self._threads:
            thread.join()


def recorded_reads(op: Op, tenant: str) -> int:
    """Count the reads that were recorded as allowed."""
    token, count, after = Instance(op.settings.data).operator_token(), 0, None
    while True:
        asked = {"kind": "personal_data", "tenant": tenant, "limit": "1000"}
        page: list[JsonObject] = op.http.get(
            f"{op.url}/admin/audit/records",
            params=asked if after is None else {**asked, "after": after},
            headers={"Authorization": f"Bearer {token}"},
        ).json()
        contents = [one["content"] for one in page]
        count += sum(
            isinstance(told, dict) and (told["what"], told["outcome"]) == ("read", "allowed")
            for told in contents
        )
        if len(page) < 1000:
            return count
        after = f"{page[-1]['chain']}.{page[-1]['number']}"


@pytest.mark.slow
def test_kill_minus_nine_loses_no_record_of_an_answered_read(
    tmp_path: Path, free_port: int
) -> None:
    data = tmp_path / "data"
    killable = Killable(data, free_port, more=("--auth", "on"))
    settings = load(
        {
            "data": str(data),
            "auth": "on",
            "database_url": EmbeddedPostgres(Instance(data).postgres).admin_dsn,
            "idp_federation": {"issuer": killable.url, "anchor": ANCHOR},
        }
    )
    with killable as platform, asking.client(timeout=30, trust_env=False) as http:
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        op = Op(url=platform.url, settings=settings, http=http)
        her = resident(a_city(op), Levels(2, 2))
        her.consent()
        reading = Reading(her)
        try:
            reading.await_more(READS_BETWEEN_KILLS)
            platform.kill_worker()
            reading.await_more(READS_BETWEEN_KILLS)
            platform.kill_postgres()
            reading.await_more(READS_BETWEEN_KILLS)
            platform.kill_tree()
            platform.start()
            reading.await_more(READS_BETWEEN_KILLS)
        finally:
            reading.end()
        recorded = recorded_reads(op, her.city.name)
        assert recorded >= reading.answered >= 4 * READS_BETWEEN_KILLS
        verified = op.http.post(
            f"{op.url}/admin/audit/verification",
            json={},
            headers={"Authorization": f"Bearer {Instance(data).operator_token()}"},
        ).json()
        assert verified["findings"] == []
