from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from joint_use.terms.audit import (
    AuditEvent,
    AuditKind,
    AuditOutcome,
    Party,
    PersonHashes,
    record_content,
)

AT = datetime(2026, 11, 29, 6, 0, 0, 5, tzinfo=UTC)
HASHES = PersonHashes(b"a key")


def an_event(**more: object) -> AuditEvent:
    given: dict[str, object] = {
        "kind": AuditKind.PERSONAL_DATA,
        "outcome": AuditOutcome.ALLOWED,
        "by": Party.client("portal"),
        "about": Party.person("hanako@sapporo"),
        "tenant": "sapporo",
    }
    return AuditEvent(**{**given, **more})  # type: ignore[arg-type]  # fields by name


def test_a_person_stands_in_a_record_as_a_keyed_hash() -> None:
    content = record_content(an_event(), AT, HASHES)
    assert "hanako" not in content
    assert HASHES.of("hanako@sapporo") in content
    assert PersonHashes(b"another").of("hanako@sapporo") not in content


def test_what_is_not_known_is_left_out_and_times_sort_as_texts() -> None:
    japan = timezone(timedelta(hours=9))
    first = record_content(an_event(), AT.replace(microsecond=0).astimezone(japan), HASHES)
    then = record_content(an_event(), AT, HASHES)
    assert '"at":"2026-11-29T06:00:00.000000Z"' in first
    assert '"at":"2026-11-29T06:00:00.000005Z"' in then
    assert "trace" not in first
    assert "null" not in first


@given(st.text())
def test_any_text_becomes_a_record_that_postgresql_takes(text: str) -> None:
    event = an_event(what=text, reason=text, by=Party.client(text), facts={"map": text})
    content = record_content(event, AT, HASHES)
    content.encode()
    assert "\x00" not in content
    assert "\\u0000" not in content
