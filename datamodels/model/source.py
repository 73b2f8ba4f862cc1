"""A model from its readable source: the tables of a TOML file, checked."""

import re
from collections.abc import Mapping
from typing import cast

from datamodels.model.errors import DataModelError
from datamodels.model.model import SMART_DATA_MODELS, Column, Kind, Model, Vocabulary
from datamodels.model.words import Words
from kit.json import JsonObject, JsonValue

FIELDS = (
    "電子行政",
    "健康・医療・介護",
    "観光",
    "金融",
    "農林水産",
    "ものづくり",
    "インフラ・防災・減災",
    "移動",
)
"""The guidebook's eight fields (分野)."""

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", re.ASCII)
_MODEL_KEYS = {
    "type", "version", "field", "name_ja", "name_en", "source", "licence", "personal", "key",
    "queryable", "subject", "example", "columns",
}  # fmt: skip
_COLUMN_KEYS = {
    "ja", "en", "kind", "attribute", "language", "choices", "required", "unit", "unit_code",
    "digits", "minimum", "maximum", "otherwise", "aliases", "ours", "smart",
}  # fmt: skip


def model_from(source: JsonObject, shared: JsonObject) -> Model:
    """Make a Model of its source and of what the models share.

    Raises:
        DataModelError: the source breaks a rule; says where.
    """
    name = _text(source, "type", "model")
    _require_keys(source, _MODEL_KEYS, name, "has unknown keys")
    if not _VERSION.fullmatch(_text(source, "version", name)):
        raise _broken(name, "has no semantic version such as 1.0.0")
    if source.get("field") not in FIELDS:
        raise _broken(name, f"has no field (分野) of {', '.join(FIELDS)}")
    rows = source.get("columns")
    if not isinstance(rows, list):
        raise _broken(name, "has no columns")
    columns = tuple(_column(_table(row, name), shared, name) for row in rows)
    _require_distinct(columns, name)
    model = Model(
        type=name,
        version=_text(source, "version", name),
        field=_text(source, "field", name),
        name_ja=_text(source, "name_ja", name),
        name_en=_text(source, "name_en", name),
        columns=columns,
        iris=_iris(rows, shared, _optional(source, "subject"), name),
        source=_text(source, "source", name),
        licence=_text(source, "licence", name),
        personal=source.get("personal") is True,
        key=_list(source.get("key", ["identifier"])),
        queryable=_list(source.get("queryable", [])),
        subject=_optional(source, "subject"),
        examples={
            **_strings(shared.get("examples", {}), "examples"),
            **_strings(source.get("example", {}), name),
        },
    )
    _require_known(model)
    return model


def _iris(
    rows: list[JsonValue], shared: JsonObject, subject: str | None, model: str
) -> Mapping[str, str]:
    """Gather IRIs that are not ours: shared ones, and those of the subject's terms."""
    iris = dict(_strings(shared.get("iris", {}), "iris"))
    for row in rows:
        column = _table(row, model)
        if column.get("smart") is True:
            if subject is None:
                raise _broken(model, "has smart columns and no subject")
            term = _optional(column, "attribute") or _text(column, "en", model)
            iris[term] = f"{SMART_DATA_MODELS}{subject}/{term}"
    return iris


def _column(row: JsonObject, shared: JsonObject, model: str) -> Column:
    _require_keys(row, _COLUMN_KEYS, model, "has a column with unknown keys")
    en = _text(row, "en", model)
    aliases = _table(shared.get("aliases", {}), "shared").get(en, [])
    digits = row.get("digits")
    return Column(
        ja=_text(row, "ja", model),
        en=en,
        kind=_kind(row, model),
        attribute=_optional(row, "attribute") or en,
        language=_optional(row, "language"),
        vocabulary=_vocabulary(row.get("choices"), shared),
        required=row.get("required") is True,
        unit=_optional(row, "unit"),
        unit_code=_optional(row, "unit_code"),
        digits=digits if isinstance(digits, int) else None,
        minimum=_number(row, "minimum"),
        maximum=_number(row, "maximum"),
        otherwise=_optional(row, "otherwise"),
        aliases=tuple(dict.fromkeys((*_list(row.get("aliases", [])), *_list(aliases)))),
        ours=row.get("ours") is True,
    )


def _kind(row: JsonObject, model: str) -> Kind:
    try:
        return Kind(_text(row, "kind", model))
    except ValueError as unknown:
        known = ", ".join(kind.value for kind in Kind)
        raise _broken(model, f"has a column of an unknown kind; there are {known}") from unknown


def _vocabulary(choices: JsonValue, shared: JsonObject) -> Vocabulary | None:
    """Read `choices`: a list of values, or the name of a shared vocabulary."""
    if choices is None:
        return None
    if isinstance(choices, list):
        return Vocabulary(values=_list(choices))
    named = _table(_table(shared.get("vocabularies"), "shared").get(str(choices)), str(choices))
    return Vocabulary(
        values=_list(named.get("values", [])),
        spellings=_strings(named.get("spellings", {}), str(choices)),
        written=_strings(named.get("written", {}), str(choices)),
    )


def _require_distinct(columns: tuple[Column, ...], model: str) -> None:
    for names in ([column.ja for column in columns], [column.en for column in columns]):
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise _broken(model, f"has columns twice: {', '.join(sorted(doubled))}")


def _require_keys(table: JsonObject, known: set[str], model: str, problem: str) -> None:
    unknown = table.keys() - known
    if unknown:
        raise _broken(model, f"{problem} {', '.join(sorted(unknown))}")


def _require_known(model: Model) -> None:
    """Refuse names of columns and attributes that the model does not have."""
    columns = {column.otherwise for column in model.columns if column.otherwise} | set(model.key)
    unknown = columns - set(model.by_name) | set(model.queryable) - set(model.attributes)
    if unknown:
        raise _broken(model.type, f"names what it does not have: {', '.join(sorted(unknown))}")


def _table(value: JsonValue, where: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise _broken(where, "is not a table")


def _text(table: JsonObject, key: str, where: str) -> str:
    value = table.get(key)
    if isinstance(value, str) and value:
        return value
    raise _broken(where, f"has no text for {key}")


def _optional(table: JsonObject, key: str) -> str | None:
    value = table.get(key)
    return value if isinstance(value, str) else None


def _number(table: JsonObject, key: str) -> float | None:
    value = table.get(key)
    return value if isinstance(value, int | float) else None


def _list(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _strings(value: JsonValue, where: str) -> Mapping[str, str]:
    return cast(Mapping[str, str], _table(value, where))


def _broken(where: str, problem: str) -> DataModelError:
    return DataModelError(
        Words(
            f"データモデル {where} の定義が正しくありません（{problem}）",
            f"Data model {where} {problem}",
        ),
        where=where,
    )
