from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from api_catalog.catalog.entry import (
    ANYBODY,
    HUB,
    Access,
    Endpoint,
    Entry,
    Reader,
    State,
    checked,
    may_see,
    with_state,
)
from api_catalog.catalog.errors import InvalidEntry, WrongStep
from api_catalog.catalog.words import LegalClass, Lifecycle, Visibility, Words
from tests.catalog_entries import A_DATASET, AN_API

OWNER = Reader(organisations=frozenset({"ebetsu"}), is_member=True)
GUEST = Reader(tenants=frozenset({"ebetsu"}))
MEMBER = Reader(organisations=frozenset({"sapporo"}), is_member=True)


@pytest.mark.parametrize("entry", [AN_API, A_DATASET])
def test_a_sound_entry_is_kept(entry: Entry) -> None:
    assert checked(entry) is entry


BROKEN = {
    "key": {"key": "Ebetsu 1"},
    "title": {"title": Words("")},
    "description": {"description": Words("あ" * 10_001)},
    "keywords": {"keywords": ("防\n災",)},
    "endpoints": {"endpoints": (Endpoint(url="javascript:alert(1)"),)},
    "terms": {"terms": "file:///etc/passwd"},
    "licence": {"licence": "CC-BY-17"},
    "access": {"legal_class": LegalClass.PERSONAL, "visibility": Visibility.MEMBERS},
    "visibility": {
        "legal_class": LegalClass.PERSONAL,
        "access": Access(consent=Words("健康相談のため")),
    },
}


@pytest.mark.parametrize("where", BROKEN)
def test_what_cannot_be_right_is_refused_where_it_is_wrong(where: str) -> None:
    with pytest.raises(InvalidEntry) as refused:
        checked(replace(A_DATASET, **BROKEN[where]))  # type: ignore[arg-type]  # fields of Entry
    assert refused.value.where == where


def test_who_sees_an_entry() -> None:
    seen = {
        (lifecycle, visibility): {
            name
            for name, reader in (
                ("anybody", ANYBODY),
                ("member", MEMBER),
                ("guest", GUEST),
                ("owner", OWNER),
                ("hub", HUB),
            )
            if may_see(
                reader, replace(AN_API, visibility=visibility, state=State(lifecycle=lifecycle))
            )
        }
        for lifecycle, visibility in product(Lifecycle, Visibility)
    }
    of_all = {
        Visibility.PUBLIC: {"anybody", "guest", "member", "owner", "hub"},
        Visibility.MEMBERS: {"member", "owner", "hub"},
        Visibility.TENANT: {"guest", "owner", "hub"},
        Visibility.ORGANISATION: {"owner", "hub"},
    }
    shown = {Lifecycle.PUBLISHED, Lifecycle.DEPRECATED}
    for (lifecycle, visibility), who in seen.items():
        assert who == (of_all[visibility] if lifecycle in shown else {"owner", "hub"})


STEPS = {
    (Lifecycle.DRAFT, Lifecycle.PUBLISHED),
    (Lifecycle.DRAFT, Lifecycle.RETIRED),
    (Lifecycle.PUBLISHED, Lifecycle.DEPRECATED),
    (Lifecycle.PUBLISHED, Lifecycle.RETIRED),
    (Lifecycle.DEPRECATED, Lifecycle.PUBLISHED),
    (Lifecycle.DEPRECATED, Lifecycle.RETIRED),
}


@pytest.mark.parametrize(("before", "after"), list(product(Lifecycle, Lifecycle)))
def test_an_entrys_life_has_these_steps_and_no_others(before: Lifecycle, after: Lifecycle) -> None:
    entry = replace(AN_API, state=State(lifecycle=before))
    wanted = State(lifecycle=after, ends_on=date(2027, 3, 31))
    if before is after or (before, after) in STEPS:
        assert with_state(entry, wanted).state == wanted
    else:
        with pytest.raises(WrongStep):
            with_state(entry, wanted)


def test_who_deprecates_says_until_when() -> None:
    with pytest.raises(InvalidEntry, match="day"):
        with_state(AN_API, State(lifecycle=Lifecycle.DEPRECATED))
