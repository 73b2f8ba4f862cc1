"""Whether an entity is what its model says: compiled once, asked for every write."""

from dataclasses import dataclass
from typing import TypeAlias

from jsonschema_rs import Draft202012Validator, ValidationError

from datamodels.model.model import PLACES, Model
from datamodels.model.schema import Form, schema_of
from datamodels.model.words import Words
from kit.json import JsonObject, JsonValue

MOST_FAULTS = 20
"""How many faults of one entity are told to its writer."""
_SHOWN = 40  # characters of a value that a message repeats
_Path: TypeAlias = list[str | int]
_TYPES = {
    "string": Words("文字列", "a text"),
    "number": Words("数値", "a number"),
    "array": Words("配列", "an array"),
    "object": Words("オブジェクト", "an object"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an entity.

    Args:
        pointer: JSON pointer into the normalized form, in the model's names (RFC 6901).
        words: what is wrong and what would be right.
    """

    pointer: str
    words: Words


class Checker:
    """Checks entities of one model in the stored form: attributes by IRI, lists of instances.

    Args:
        model: what they are checked against.
        gaps: what the model requires may be missing, but for its key.
    """

    def __init__(self, model: Model, *, gaps: bool = False) -> None:
        self.model = model
        schema = schema_of(model, Form.STORED, gaps=gaps)
        self._validator = Draft202012Validator(schema, validate_formats=True)
        self._names = {model.iri_of(name): name for name in model.parts}

    def is_valid(self, attributes: object) -> bool:
        """Tell whether nothing is wrong; for most entities all that is asked."""
        return self._validator.is_valid(attributes)

    def faults(self, attributes: JsonObject) -> tuple[Fault, ...]:
        """Say everything that is wrong."""
        return tuple(
            self._fault(error, attributes) for error in self._validator.iter_errors(attributes)
        )

    def _fault(self, error: ValidationError, attributes: JsonObject) -> Fault:
        path = list(error.instance_path)
        if error.kind.name == "required":
            path.append(str(error.kind.as_dict()["property"]))
        return Fault(self._pointer(path, attributes), self._words(error, path))

    def _pointer(self, path: _Path, attributes: JsonObject) -> str:
        """Write a path into the stored form as a pointer into the normalized form."""
        if not path:
            return ""
        steps: _Path = [self._names.get(str(path[0]), str(path[0]))]
        instances = attributes.get(str(path[0]))
        is_alone = isinstance(instances, list) and len(instances) == 1
        steps += path[2:] if is_alone else path[1:]
        escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
        return "".join(f"/{step}" for step in escaped)

    def _words(self, error: ValidationError, path: _Path) -> Words:
        ja, en = self._subject(path)
        told = _TOLD.get(error.kind.name)
        right = told(error) if told is not None else Words("正しくありません", "is not valid")
        return Words(f"{ja}{right.ja}", f"{en} {right.en}")

    def _subject(self, path: _Path) -> tuple[str, str]:
        name = self._names.get(str(path[0]), str(path[0])) if path else self.model.type
        columns = self.model.parts.get(name, ())
        if path[2:3] == ["languageMap"] and len(path) > 3:
            spoken = [column.ja for column in columns if column.language == path[3]]
            return f"「{spoken[0] if spoken else name}」", f"{name} in language {path[3]}"
        is_place = bool(columns) and columns[0].kind in PLACES
        japanese = "・".join(column.ja for column in columns if is_place) or (
            columns[0].ja if columns else name
        )
        return f"「{japanese}」", name


def _required(_: ValidationError) -> Words:
    return Words("がありません。標準で必須の項目です", "is missing; the model requires it")


def _type(error: ValidationError) -> Words:
    types: JsonValue = error.kind.as_dict().get("types", [])
    named = types if isinstance(types, list) else [types]
    known = [_TYPES[str(one)] for one in named if str(one) in _TYPES]
    ja = "か".join(one.ja for one in known) or str(types)
    en = " or ".join(one.en for one in known) or str(types)
    return Words(
        f"は{ja}にしてください（値は {_shown(error)}）", f"is {_shown(error)}; right is {en}"
    )


def _enum(error: ValidationError) -> Words:
    options: JsonValue = error.kind.as_dict().get("options", [])
    known = "・".join(str(one) for one in options) if isinstance(options, list) else str(options)
    return Words(
        f"は {known} のどれかにしてください（値は {_shown(error)}）",
        f"is {_shown(error)}; right is one of {known}",
    )


def _constant(error: ValidationError) -> Words:
    wanted = str(error.kind.as_dict().get("expected_value"))
    return Words(
        f"は {wanted} にしてください（値は {_shown(error)}）",
        f"is {_shown(error)}; right is {wanted}",
    )


def _pattern(error: ValidationError) -> Words:
    return Words(
        f"の形式が正しくありません（値は {_shown(error)}）",
        f"is {_shown(error)}, not of its format",
    )


def _range(error: ValidationError) -> Words:
    limit = error.kind.as_dict().get("limit")
    is_least = error.kind.name == "minimum"
    return Words(
        f"は {limit} {'以上' if is_least else '以下'}にしてください（値は {_shown(error)}）",
        f"is {_shown(error)}; right is {'at least' if is_least else 'at most'} {limit}",
    )


def _shown(error: ValidationError) -> str:
    text = str(error.instance)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_TOLD = {
    "required": _required,
    "type": _type,
    "enum": _enum,
    "const": _constant,
    "pattern": _pattern,
    "format": _pattern,
    "minimum": _range,
    "maximum": _range,
}
