"""What changes from one version of a model to the next, and which number that asks for."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from datamodels.model.model import Column, Model
from datamodels.model.texts import folded
from datamodels.model.words import Words
from kit.json import JsonObject


class Effect(IntEnum):
    """What a change means for who relies on the model; the part of the version that it raises."""

    EDITORIAL = 0  # patch
    COMPATIBLE = 1  # minor: what was valid stays valid and means the same
    BREAKING = 2  # major


@dataclass(frozen=True, slots=True)
class Difference:
    """One change of a model.

    Args:
        where: the column's English name, or the part of the model.
    """

    effect: Effect
    where: str
    words: Words


def diff(old: Model, new: Model) -> tuple[Difference, ...]:
    """Tell what is different in the newer of two versions, the breaking changes first."""
    found = [*_of_model(old, new), *_of_columns(old, new)]
    return tuple(sorted(found, key=lambda one: (-one.effect, one.where)))


def effect_of(differences: tuple[Difference, ...]) -> Effect:
    """Answer with the gravest effect; no difference at all is editorial."""
    return max((one.effect for one in differences), default=Effect.EDITORIAL)


def numbers(version: str) -> tuple[int, int, int]:
    """Read a semantic version.

    >>> numbers("1.10.0") > numbers("1.9.3")
    True
    """
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def is_honest(old: Model, new: Model) -> bool:
    """Tell whether the newer version's number says what its changes are."""
    before, after = numbers(old.version), numbers(new.version)
    match effect_of(diff(old, new)):
        case Effect.BREAKING:
            return after[0] > before[0]
        case Effect.COMPATIBLE:
            return after[:2] > before[:2]
        case Effect.EDITORIAL:
            return after > before or fingerprint(old) == fingerprint(new)


def fingerprint(model: Model) -> str:
    """Answer with a digest of everything that a model says; spellings in files do not count."""
    said: JsonObject = {
        "type": model.type,
        "iri": model.iri,
        "version": model.version,
        "field": model.field,
        "names": [model.name_ja, model.name_en],
        "personal": model.personal,
        "key": list(model.key),
        "queryable": list(model.queryable),
        "columns": [_said(model, column) for column in model.columns],
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _said(model: Model, column: Column) -> JsonObject:
    vocabulary = column.vocabulary
    return {
        "ja": column.ja,
        "en": column.en,
        "kind": column.kind.value,
        "attribute": model.iri_of(column.attribute),
        "language": column.language,
        "values": None if vocabulary is None else list(vocabulary.values),
        "required": column.required,
        "unit": column.unit_code or column.unit,
        "digits": column.digits,
        "range": [column.minimum, column.maximum],
    }


def _of_model(old: Model, new: Model) -> Iterator[Difference]:
    if old.iri != new.iri:
        yield _breaking("type", "型の IRI が変わります", f"the type's IRI becomes {new.iri}")
    if old.key != new.key:
        yield _breaking("key", "ID の作り方が変わります", "ids are made of other columns")
    if new.personal and not old.personal:
        yield _breaking("personal", "個人に関するデータになります", "the data become personal")
    for part, before, after in (
        ("field", old.field, new.field),
        ("name", (old.name_ja, old.name_en), (new.name_ja, new.name_en)),
        ("source", (old.source, old.licence), (new.source, new.licence)),
        ("queryable", old.queryable, new.queryable),
        ("personal", old.personal and not new.personal, False),
    ):
        if before != after:
            yield _editorial(part, "説明が変わります", "what is told of it changes")


def _of_columns(old: Model, new: Model) -> Iterator[Difference]:
    for en, column in old.by_name.items():
        if en not in new.by_name:
            yield _breaking(en, f"「{column.ja}」がなくなります", "the column is removed")
    for en, column in new.by_name.items():
        before = old.by_name.get(en)
        if before is not None:
            yield from _of_column(old, new, before, column)
        elif column.required:
            yield _breaking(en, f"必須の「{column.ja}」が増えます", "a required column is added")
        else:
            yield _compatible(en, f"「{column.ja}」が増えます", "a column is added")
    order = [en for en in old.by_name if en in new.by_name]
    if order != [en for en in new.by_name if en in old.by_name]:
        yield _editorial("columns", "項目の順序が変わります", "the order of columns changes")


def _of_column(old: Model, new: Model, before: Column, after: Column) -> Iterator[Difference]:
    en = after.en
    meaning_before = (before.kind, before.language, old.iri_of(before.attribute))
    if meaning_before != (after.kind, after.language, new.iri_of(after.attribute)):
        yield _breaking(
            en, f"「{after.ja}」の種類か属性が変わります", "its kind or attribute changes"
        )
    if (before.unit_code or before.unit) != (after.unit_code or after.unit):
        yield _breaking(en, f"「{after.ja}」の単位が変わります", "its unit changes")
    if before.digits != after.digits:
        yield _breaking(en, f"「{after.ja}」の桁数が変わります", "its number of digits changes")
    if before.required != after.required:
        tell = _breaking if after.required else _compatible
        change = "必須になります" if after.required else "必須でなくなります"
        yield tell(en, f"「{after.ja}」が{change}", f"it is {_not(after.required)}required")
    if before.ja != after.ja:
        is_known = folded(before.ja) in map(folded, after.aliases)
        tell = _compatible if is_known else _breaking
        yield tell(
            en, f"「{before.ja}」が「{after.ja}」になります", f"its header becomes {after.ja}"
        )
    yield from _of_values(before, after)


def _of_values(before: Column, after: Column) -> Iterator[Difference]:
    old = set(before.vocabulary.values) if before.vocabulary else None
    new = set(after.vocabulary.values) if after.vocabulary else None
    if old is None and new is not None:
        yield _breaking(after.en, f"「{after.ja}」の値が限られます", "its values become limited")
    elif old is not None and new is None:
        yield _compatible(after.en, f"「{after.ja}」の値が自由になります", "its values become free")
    elif old is not None and new is not None:
        if gone := old - new:
            told = "・".join(sorted(gone))
            yield _breaking(after.en, f"値 {told} がなくなります", f"values {told} are removed")
        if added := new - old:
            told = "・".join(sorted(added))
            yield _compatible(after.en, f"値 {told} が増えます", f"values {told} are added")
    was, becomes = _bounds(before), _bounds(after)
    if was != becomes:
        is_wider = becomes[0] <= was[0] and becomes[1] >= was[1]
        tell = _compatible if is_wider else _breaking
        yield tell(after.en, f"「{after.ja}」の範囲が変わります", f"its range becomes {becomes}")


def _bounds(column: Column) -> tuple[float, float]:
    low = -float("inf") if column.minimum is None else column.minimum
    return low, float("inf") if column.maximum is None else column.maximum


def _not(is_so: bool) -> str:
    return "" if is_so else "no longer "


def _breaking(where: str, ja: str, en: str) -> Difference:
    return Difference(Effect.BREAKING, where, Words(ja, en))


def _compatible(where: str, ja: str, en: str) -> Difference:
    return Difference(Effect.COMPATIBLE, where, Words(ja, en))


def _editorial(where: str, ja: str, en: str) -> Difference:
    return Difference(Effect.EDITORIAL, where, Words(ja, en))
