from dataclasses import replace

import pytest

from datamodels import Effect, Model, diff, effect_of, fingerprint, is_honest, model_named
from datamodels.model.model import Column, Kind, Vocabulary

POND = model_named("IrrigationPond")
SHELTER = model_named("EvacuationShelter")
DEPTH = Column(ja="水深", en="depth", kind=Kind.NUMBER, attribute="depth")


def with_column(model: Model, en: str, **changed: object) -> Model:
    """The model with one column changed."""
    columns = tuple(
        replace(column, **changed) if column.en == en else column  # type: ignore[arg-type]  # by name
        for column in model.columns
    )
    return replace(model, columns=columns)


def without(model: Model, en: str) -> Model:
    return replace(model, columns=tuple(one for one in model.columns if one.en != en))


def choices(*values: str) -> Vocabulary:
    return Vocabulary(values=values)


STATUS = with_column(SHELTER, "shelterStatus", vocabulary=choices("開設", "閉鎖"))


@pytest.mark.parametrize(
    ("old", "new", "effect", "where"),
    [
        (POND, replace(POND, columns=(*POND.columns, DEPTH)), Effect.COMPATIBLE, "depth"),
        (
            POND,
            replace(POND, columns=(*POND.columns, replace(DEPTH, required=True))),
            Effect.BREAKING,
            "depth",
        ),
        (POND, without(POND, "fullAddress"), Effect.BREAKING, "fullAddress"),
        (POND, with_column(POND, "fullAddress", required=True), Effect.BREAKING, "fullAddress"),
        (POND, with_column(POND, "latitude", required=False), Effect.COMPATIBLE, "latitude"),
        (POND, with_column(POND, "fullAddress", kind=Kind.CODE), Effect.BREAKING, "fullAddress"),
        (POND, with_column(POND, "fullAddress", ja="場所"), Effect.BREAKING, "fullAddress"),
        (POND, replace(POND, key=("name",)), Effect.BREAKING, "key"),
        (POND, replace(POND, subject="dataModel.Water"), Effect.BREAKING, "type"),
        (POND, replace(POND, personal=True), Effect.BREAKING, "personal"),
        (POND, replace(POND, name_ja="農業用ため池"), Effect.EDITORIAL, "name"),
        (POND, replace(POND, columns=POND.columns[::-1]), Effect.EDITORIAL, "columns"),
        (
            STATUS,
            with_column(STATUS, "shelterStatus", vocabulary=choices("開設", "閉鎖", "満員")),
            Effect.COMPATIBLE,
            "shelterStatus",
        ),
        (
            STATUS,
            with_column(STATUS, "shelterStatus", vocabulary=choices("開設")),
            Effect.BREAKING,
            "shelterStatus",
        ),
        (SHELTER, with_column(SHELTER, "maxCapacity", minimum=1), Effect.BREAKING, "maxCapacity"),
        (
            SHELTER,
            with_column(SHELTER, "maxCapacity", minimum=None),
            Effect.COMPATIBLE,
            "maxCapacity",
        ),
        (
            SHELTER,
            with_column(SHELTER, "maxCapacity", unit_code="C62"),
            Effect.BREAKING,
            "maxCapacity",
        ),
    ],
)
def test_a_change_breaks_fits_or_is_editorial(
    old: Model, new: Model, effect: Effect, where: str
) -> None:
    differences = diff(old, new)
    assert effect_of(differences) is effect
    assert [one.where for one in differences] == [where]
    assert fingerprint(old) != fingerprint(new)


def test_a_header_that_stays_as_an_alias_breaks_nothing() -> None:
    renamed = with_column(POND, "fullAddress", ja="場所", aliases=("所在地_連結表記",))
    assert effect_of(diff(POND, renamed)) is Effect.COMPATIBLE


def test_a_model_does_not_differ_from_itself() -> None:
    assert diff(POND, POND) == ()
    assert is_honest(POND, POND)


@pytest.mark.parametrize(
    ("version", "broken", "compatible", "editorial"),
    [
        ("1.0.0", False, False, False),
        ("1.0.1", False, False, True),
        ("1.1.0", False, True, True),
        ("2.0.0", True, True, True),
    ],
)
def test_a_version_is_honest_when_its_number_says_what_changed(
    version: str, broken: bool, compatible: bool, editorial: bool
) -> None:
    new = replace(POND, version=version)
    assert is_honest(POND, without(new, "fullAddress")) is broken
    assert is_honest(POND, replace(new, columns=(*POND.columns, DEPTH))) is compatible
    assert is_honest(POND, replace(new, name_ja="池")) is editorial
