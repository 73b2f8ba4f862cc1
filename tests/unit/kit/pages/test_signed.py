from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.pages.signed import Signer

SIGNER = Signer(b"0123456789abcdef")
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@given(st.text())
def test_what_was_sealed_is_read_again_until_it_ends(text: str) -> None:
    sealed = SIGNER.seal("session", text, LATER)
    assert SIGNER.unseal("session", sealed, NOW) == text
    assert SIGNER.unseal("session", sealed, LATER) is None


@given(st.text())
def test_what_others_made_up_is_not_read(text: str) -> None:
    assert SIGNER.unseal("session", text, NOW) is None


def test_a_seal_holds_for_one_purpose_and_one_key() -> None:
    sealed = SIGNER.seal("session", "operator", LATER)
    assert SIGNER.unseal("other", sealed, NOW) is None
    assert Signer(b"fedcba9876543210").unseal("session", sealed, NOW) is None
    mark, _, content = sealed.partition(".")
    assert SIGNER.unseal("session", f"{mark}.9{content}", NOW) is None


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Signer(b"short")
