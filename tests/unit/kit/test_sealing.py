"""What is sealed opens at its place alone; a mark finds a text again and does not tell it."""

import pytest

from kit.sealing import Seal, Unsealable

SEAL = Seal(bytes(range(32)))


def test_what_is_sealed_opens_at_its_place_alone() -> None:
    sealed = SEAL.close({"value": "秘密"}, "here")
    assert SEAL.open(sealed, "here") == {"value": "秘密"}
    assert "秘密".encode() not in sealed
    with pytest.raises(Unsealable):
        SEAL.open(sealed, "there")
    with pytest.raises(Unsealable):
        Seal(bytes(32)).open(sealed, "here")


def test_a_mark_is_the_same_for_the_same_text_key_and_place_alone() -> None:
    mark = SEAL.mark("urn:x:1", "tenant 1")
    assert mark == Seal(bytes(range(32))).mark("urn:x:1", "tenant 1")
    others = {SEAL.mark("urn:x:1", "tenant 2"), Seal(bytes(32)).mark("urn:x:1", "tenant 1")}
    assert len(others | {mark, SEAL.mark("1urn:x:1", "tenant ")}) == 4
