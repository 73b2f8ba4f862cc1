from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from joint_use import (
    UNRESTRICTED,
    DailyHashes,
    Journal,
    Operation,
    Placement,
    Principal,
    Storage,
    Tenant,
)
from joint_use.store.usage_journal import Answered, CountedBy, Reader
from renkei.metering import JournalMeter

AT = datetime(2026, 4, 1, 12, tzinfo=UTC)
TENANT = Tenant(
    number=7,
    name="ebetsu",
    storage=Storage.SHARED,
    placement=Placement(server="main", database="renkei_shared"),
)
HANAKO = Principal(subject="hanako", service="map", signed_in_at=AT)


def noted(folder: Path, *principals: Principal, at: datetime = AT) -> list[Answered]:
    journal = Journal(folder)
    meter = JournalMeter(journal, DailyHashes(b"a secret"), at.timestamp)
    for principal in principals:
        meter.note(TENANT, principal, Operation.QUERY, status=404, bytes_in=3, bytes_out=5)
    [segment] = journal.segments
    try:
        return Reader(segment.content).read(segment.position, 100)
    finally:
        journal.close()


def test_a_request_is_noted_with_all_that_is_counted(tmp_path: Path) -> None:
    [answered] = noted(tmp_path, UNRESTRICTED)
    by = CountedBy(int(AT.timestamp()), 7, "anyone", Operation.QUERY.value, 4)
    assert answered == Answered(by, requests=1, bytes_in=3, bytes_out=5)


def test_users_are_persons_who_signed_in(tmp_path: Path) -> None:
    alone = replace(HANAKO, signed_in_at=None)
    taro = replace(HANAKO, subject="taro")
    found = noted(tmp_path, alone, HANAKO, HANAKO, taro)
    assert [one.requests for one in found] == [1, 2, 1]
    nobody, hanako, other = (one.by.user for one in found)
    assert nobody == 0
    assert 0 not in (hanako, other)
    assert hanako != other


def test_a_person_is_no_service_and_stands_nowhere_by_name(tmp_path: Path) -> None:
    nobodys = replace(HANAKO, service=None)
    assert [one.by.service for one in noted(tmp_path, HANAKO, nobodys)] == ["map", "anyone"]
    [journal] = tmp_path.iterdir()
    assert b"hanako" not in journal.read_bytes()


def test_a_user_has_another_number_on_another_day(tmp_path: Path) -> None:
    later = datetime(2026, 4, 1, 15, tzinfo=UTC)  # midnight in Japan
    [today], [tomorrow] = noted(tmp_path / "a", HANAKO), noted(tmp_path / "b", HANAKO, at=later)
    assert today.by.user != tomorrow.by.user
