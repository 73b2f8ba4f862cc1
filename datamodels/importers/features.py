"""A GeoJSON FeatureCollection as numbered rows of cells; features are read one by one."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import shapely

from datamodels.importers.sheets import Header, is_enough, no_header
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import NO_CHOICES, Choices, Mapping, map_headers
from datamodels.model.model import Kind, Model
from datamodels.model.shapes import is_shape, write_shape
from datamodels.model.words import Words
from kit.json import JsonObject, JsonValue

_CHUNK = 1 << 16
_MOST_TEXT = 64 << 20  # of one feature
_LOOKED_AT = 200  # features whose property names make the header
_FEATURES = re.compile(r'"features"\s*:\s*\[')
_SEPARATOR = re.compile(r"[\s,]*")
_PLACES = ("latitude", "longitude", "shape")
_ID = "identifier"
_FEATURE_ID = "@id"  # of a feature, where it is not the row's


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A FeatureCollection that was understood as a table of one model.

    Args:
        names: the properties, in the order of the header, which has the place before them.
        has_shape: the model keeps any geometry; otherwise a point of it is taken.
    """

    path: Path
    mapping: Mapping
    names: tuple[str, ...]
    has_shape: bool
    header_line: int = 0

    @property
    def lines(self) -> int:
        """Nobody knows how many features there are before they are read."""
        return 0

    @property
    def told(self) -> tuple[tuple[Words, Words], ...]:
        """What was found out about the file, for people."""
        shapes = (
            Words("図形のまま", "kept as they are")
            if self.has_shape
            else Words("点以外は内部の代表点", "of others than points, a point inside")
        )
        return (
            (Words("形式", "format"), Words("GeoJSON", "GeoJSON")),
            (Words("図形", "geometries"), shapes),
        )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Read the features as rows, each with its number.

        Raises:
            UnreadableFile: the file breaks off.
        """
        for number, feature in enumerate(_features(self.path), start=1):
            yield number, [*self._place(feature), *self._properties(feature)]

    def _properties(self, feature: JsonObject) -> list[str]:
        found = feature.get("properties")
        properties = found if isinstance(found, dict) else {}
        return [_text(properties.get(name)) for name in self.names]

    def _place(self, feature: JsonObject) -> list[str]:
        geometry = feature.get("geometry")
        shape = geometry if isinstance(geometry, dict) and is_shape(geometry) else None
        blank = ["", ""] if not self.has_shape else ["", "", ""]
        local_id = _text(feature.get("id"))
        if shape is None:
            return [local_id, *blank]
        if shape["type"] == "Point" or not self.has_shape:
            longitude, latitude = _point(shape)
            return [local_id, latitude, longitude, *blank[2:]]
        return [local_id, "", "", write_shape(shape)]


def open_features(path: Path, model: Model, choices: Choices = NO_CHOICES) -> Features:
    """Find the properties of a FeatureCollection's features.

    Raises:
        UnreadableFile: it is no FeatureCollection, or its properties are none of the model's.
    """
    found: dict[str, None] = {}
    ids: set[str] = set()
    for feature in islice(_features(path), _LOOKED_AT):
        properties = feature.get("properties")
        found.update(dict.fromkeys(properties if isinstance(properties, dict) else ()))
        ids.add(_text(feature.get("id")))
    has_shape = any(column.kind is Kind.SHAPE for column in model.columns)
    places = _PLACES if has_shape else _PLACES[:2]
    own = _ID if _has_local_ids(ids) and not _names_ids(model, found, choices) else _FEATURE_ID
    headers = [own, *places, *found]
    mapping = map_headers(model, headers, choices)
    if own == _FEATURE_ID:
        mapping = _without_first(mapping)
    if not is_enough(Header(line=0, mapping=mapping), model):
        raise no_header(model, list(found))
    return Features(path=path, mapping=mapping, names=tuple(found), has_shape=has_shape)


def _has_local_ids(ids: set[str]) -> bool:
    """Tell whether features have ids of their own that are no entities' ids."""
    return bool(ids - {""}) and not any(one.startswith("urn:") for one in ids)


def _names_ids(model: Model, names: dict[str, None], choices: Choices) -> bool:
    return map_headers(model, list(names), choices).has(_ID)


def _without_first(mapping: Mapping) -> Mapping:
    """Let the first column, the features' ids, not be taken."""
    return Mapping(
        headers=mapping.headers,
        columns=(None, *mapping.columns[1:]),
        row_number=mapping.row_number,
    )


def _point(shape: JsonObject) -> tuple[str, str]:
    inside = shapely.from_geojson(json.dumps(shape)).representative_point()
    return repr(inside.x), repr(inside.y)


def _text(value: JsonValue) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case float() if value.is_integer():
            return str(int(value))
        case list():
            return ";".join(_text(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _features(path: Path) -> Iterator[JsonObject]:
    """Read features one by one, so that memory stays level however many there are."""
    decoder = json.JSONDecoder()
    pieces = _decoded(path)
    text = _opened(pieces)
    while True:
        text = text[_end(_SEPARATOR.match(text)) :]
        if text.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(text)
        except ValueError as error:
            more = next(pieces, None)
            if more is None or len(text) > _MOST_TEXT:
                raise _broken("a feature is not complete JSON") from error
            text += more
            continue
        if not isinstance(value, dict):
            raise _broken("a feature is not an object")
        yield value
        text = text[end:]


def _opened(pieces: Iterator[str]) -> str:
    """Answer with the text behind the opening of the features."""
    text = ""
    for piece in pieces:
        text += piece
        found = _FEATURES.search(text)
        if found is not None:
            return text[found.end() :]
        if len(text) > _MOST_TEXT:
            break
    raise _broken("it has no features")


def _decoded(path: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                yield decoder.decode(chunk)
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _broken("it is not UTF-8") from error


def _end(match: re.Match[str] | None) -> int:
    return 0 if match is None else match.end()


def _broken(reason: str) -> UnreadableFile:
    return UnreadableFile(
        Words(
            f"GeoJSON の FeatureCollection として読めません（{reason}）",
            f"The file cannot be read as a FeatureCollection: {reason}",
        ),
        where="1",
    )
