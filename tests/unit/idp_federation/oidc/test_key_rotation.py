"""Which key signs, and which is believed."""

from datetime import UTC, datetime, timedelta

from idp_federation.oidc.key_rotation import (
    BY_HAND,
    KeptKey,
    KeyUse,
    Rotation,
    is_due,
    kept_now,
    rotated,
    told,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)
ROTATION = Rotation()


def a_key(kid: str) -> KeptKey:
    return KeptKey(kid=kid, use=KeyUse.NEXT, public={"kid": kid}, sealed=b"", since=NOW)


def uses(keys: tuple[KeptKey, ...]) -> dict[str, str]:
    return {key.kid: key.use.value for key in keys}


def begun() -> tuple[KeptKey, ...]:
    return rotated((), [a_key("b"), a_key("a")], NOW)


def test_at_first_one_key_signs_and_the_next_is_published() -> None:
    assert is_due((), ROTATION, NOW)
    assert uses(begun()) == {"a": "current", "b": "next"}
    assert not is_due(begun(), ROTATION, NOW)


def test_the_next_key_signs_then_and_the_one_before_is_still_believed() -> None:
    later = rotated(begun(), [a_key("d"), a_key("c")], NOW + timedelta(days=90))
    assert uses(later) == {"b": "current", "c": "next", "a": "retired"}


def test_a_compromised_key_is_believed_no_more() -> None:
    later = rotated(begun(), [a_key("d"), a_key("c")], NOW, compromised=True)
    assert uses(kept_now(later, ROTATION, NOW)) == {"b": "current", "c": "next"}


def test_former_keys_that_are_remembered_are_told_of_apart_and_for_ever() -> None:
    first = rotated(begun(), [a_key("d"), a_key("c")], NOW)
    later = rotated(first, [a_key("f"), a_key("e")], NOW, compromised=True)
    far = NOW + timedelta(days=20_000)
    assert uses(kept_now(later, BY_HAND, far)) == {
        "c": "current", "e": "next", "a": "retired", "b": "revoked",
    }  # fmt: skip
    assert uses(told(later, BY_HAND)) == {"c": "current", "e": "next"}
    assert not is_due(later, BY_HAND, NOW + timedelta(days=4000))


def test_a_key_signs_for_its_time_and_a_retired_one_is_forgotten() -> None:
    assert not is_due(begun(), ROTATION, NOW + timedelta(days=89))
    assert is_due(begun(), ROTATION, NOW + timedelta(days=90))
    later = rotated(begun(), [a_key("d"), a_key("c")], NOW)
    assert uses(kept_now(later, ROTATION, NOW + timedelta(hours=23)))["a"] == "retired"
    assert "a" not in uses(kept_now(later, ROTATION, NOW + timedelta(hours=24)))
