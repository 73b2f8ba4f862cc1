from datetime import date

import pytest

from joint_use.terms.errors import InvalidTerm
from joint_use.terms.quotas import Quota, checked
from joint_use.terms.usage import DailyHashes, Operation, operation_of

TODAY, TOMORROW = date(2026, 4, 1), date(2026, 4, 2)


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/entities", Operation.QUERY),
        ("GET", "/entities/", Operation.QUERY),
        ("GET", "/entities/urn:a:1", Operation.RETRIEVE),
        ("HEAD", "/entities/urn:a:1", Operation.RETRIEVE),
        ("POST", "/entities", Operation.WRITE),
        ("DELETE", "/entities", Operation.WRITE),
        ("PATCH", "/entities/urn:a:1/attrs/temperature", Operation.WRITE),
        ("POST", "/entityOperations/query", Operation.QUERY),
        ("POST", "/entityOperations/upsert", Operation.BATCH),
        ("POST", "/subscriptions", Operation.SUBSCRIBE),
        ("GET", "/types/AED", Operation.DISCOVER),
        ("GET", "/jsonldContexts/1", Operation.CONTEXT),
        ("GET", "/info/sourceIdentity", Operation.OTHER),
        ("GET", "/", Operation.OTHER),
    ],
)
def test_a_request_is_of_one_kind(method: str, path: str, operation: Operation) -> None:
    assert operation_of(method, path) is operation


def test_a_user_has_one_number_a_day_and_another_the_next() -> None:
    hashes = DailyHashes(b"a secret of the platform")
    assert hashes.of("hanako", TODAY) == hashes.of("hanako", TODAY)
    assert hashes.of("hanako", TODAY) != hashes.of("taro", TODAY)
    assert hashes.of("hanako", TODAY) != hashes.of("hanako", TOMORROW)


def test_processes_of_one_platform_agree_and_other_platforms_do_not() -> None:
    ours, ours_too, theirs = (DailyHashes(secret) for secret in (b"ours", b"ours", b"theirs"))
    assert ours.of("hanako", TODAY) == ours_too.of("hanako", TODAY) != theirs.of("hanako", TODAY)


def test_numbers_of_users_fit_a_bigint_and_are_never_nobody() -> None:
    hashes = DailyHashes(b"ours")
    numbers = {hashes.of(f"user {number}", TODAY) for number in range(1_000)}
    assert len(numbers) == 1_000
    assert all(0 < number < 2**63 for number in numbers)


@pytest.mark.parametrize("quota", [Quota(), Quota(entities=0, bytes=0, subscriptions=0)])
def test_a_tenant_may_be_allowed_to_store_nothing(quota: Quota) -> None:
    assert checked(quota) is quota


@pytest.mark.parametrize(
    ("quota", "where"),
    [
        (Quota(entities=-1), "entities"),
        (Quota(requests_per_s=0), "requests_per_s"),
        (Quota(request_bytes=0), "request_bytes"),
        (Quota(bytes=2**60), "bytes"),
        (Quota(requests_per_s=float("inf")), "requests_per_s"),
        (Quota(requests_per_s=float("nan")), "requests_per_s"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(quota: Quota, where: str) -> None:
    with pytest.raises(InvalidTerm) as refusal:
        checked(quota)
    assert refusal.value.where == where


def test_zero_is_a_limit_and_not_the_default() -> None:
    assert Quota(entities=0).over(Quota(entities=9, bytes=5)) == Quota(entities=0, bytes=5)
