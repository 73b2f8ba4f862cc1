"""One cell: its text read as the column's kind, and a value written as text again."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from datamodels.model.dates import has_offset, read_date, read_instant
from datamodels.model.model import Column, Kind
from datamodels.model.shapes import read_shape, write_shape
from datamodels.model.texts import folded, has_control, is_blank, narrow, trimmed
from datamodels.model.words import Words
from joint_use import InvalidTerm, municipality_code
from kit.json import JsonValue

_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
_TIME = re.compile(
    r"(?P<h>\d{1,2})(:(?P<m>\d{2})(:00)?|時((?P<k>\d{1,2})分)?)|(?P<H>\d{1,2})(?P<M>\d{2})",
    re.ASCII,
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_WEB = re.compile(r"https?://\S+")
LATITUDES = (20.0, 46.0)  # Japan, Okinotorishima to Etorofu
LONGITUDES = (122.0, 154.5)  # Japan, Yonaguni to Minamitorishima


class CellRefused(Exception):
    """A cell cannot be read; says why and what would be right."""

    def __init__(self, reason: Words, right: Words) -> None:
        super().__init__(reason.en)
        self.reason = reason
        self.right = right


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says; `assumed` tells how its text was taken where it is not plain."""

    value: JsonValue
    assumed: Words | None = None


NOTHING = Cell(None)
"""A blank cell: it says nothing of the matter, not even "none"."""


def read_cell(column: Column, text: str, *, prefecture: str | None = None) -> Cell:
    """Read a cell's text as the column's kind.

    Args:
        column: whose cell it is.
        text: as the file has it.
        prefecture: two digits that settle a municipality code with two meanings.

    Raises:
        CellRefused: the text is not of the kind.
    """
    plain = trimmed(text)
    if is_blank(plain):
        return NOTHING if not plain else Cell(None, _assumed(plain, Words("空欄", "blank")))
    if has_control(plain):
        raise CellRefused(
            Words("制御文字が入っています", "it holds control characters"),
            Words("文字だけを入力してください", "text without them"),
        )
    if column.kind is Kind.MUNICIPALITY:
        return _read_municipality(plain, prefecture)
    return _READERS[column.kind](column, plain)


def write_cell(column: Column, value: JsonValue) -> str:
    """Write a value as the text that an export holds; the reverse of `read_cell`."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return write_shape(value)
    if isinstance(value, list):
        return ";".join(str(item) for item in value)
    if isinstance(value, str) and column.vocabulary:
        return column.vocabulary.written.get(value, value)
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")  # never with an exponent
    return str(value)


def _read_text(_: Column, text: str) -> Cell:
    return Cell(text)


def _read_code(column: Column, text: str) -> Cell:
    code = narrow(text).strip()
    if column.digits and code.isdigit() and len(code) < column.digits:
        return Cell(code.zfill(column.digits), Words("先頭の 0 を補った", "leading zeros put back"))
    return Cell(
        code, None if code == text else Words("全角を半角にした", "wide characters narrowed")
    )


def _read_number(column: Column, text: str) -> Cell:
    plain = narrow(text).replace(" ", "")
    if column.unit:
        plain = plain.removesuffix(narrow(column.unit))
    if not _NUMBER.fullmatch(plain):
        raise CellRefused(
            Words("数値ではありません", "it is not a number"),
            Words(
                f"数字だけにしてください（単位は{column.unit or 'なし'}）", "digits alone, as 120"
            ),
        )
    return Cell(_number(plain), None if plain == text else _assumed(text, Words(plain, plain)))


def _read_bounded(column: Column, text: str) -> Cell:
    cell = _read_number(column, text)
    least, most = column.minimum, column.maximum
    value = cell.value
    if isinstance(value, int | float) and (
        (least is not None and value < least) or (most is not None and value > most)
    ):
        shown = f"{'' if least is None else f'{least:g}'}–{'' if most is None else f'{most:g}'}"
        raise CellRefused(
            Words("範囲の外の数値です", "the number is out of range"),
            Words(f"{shown} の範囲にしてください", f"a number in {shown}"),
        )
    return cell


def _number(text: str) -> int | float:
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _read_time(_: Column, text: str) -> Cell:
    found = _TIME.fullmatch(narrow(text).replace(" ", ""))
    hour = int(found["h"] or found["H"]) if found else 99
    minute = int(found["m"] or found["k"] or found["M"] or 0) if found else 99
    if hour * 60 + minute > 24 * 60 or minute > 59:
        raise CellRefused(
            Words("時刻ではありません", "it is not a time of day"),
            Words(
                "9:00 や 17:30 のように、0:00 から 24:00 までにしてください", "as 9:00, to 24:00"
            ),
        )
    time = f"{hour:02}:{minute:02}"
    plain = text in {time, f"{hour}:{minute:02}"}
    return Cell(time, None if plain else _assumed(text, Words(time, time)))


def _read_date(_: Column, text: str) -> Cell:
    found = read_date(text)
    if found is None:
        raise CellRefused(
            Words("日付ではありません", "it is not a date"),
            Words("2026-04-01 のようにしてください", "year, month and day, as 2026-04-01"),
        )
    return Cell(found, None if found == text else _assumed(text, Words(found, found)))


def _read_instant(_: Column, text: str) -> Cell:
    found = read_instant(text)
    if found is None:
        raise CellRefused(
            Words("日時ではありません", "it is not a date and time"),
            Words("2026-04-01T09:00:00+09:00 のようにしてください", "as 2026-04-01T09:00:00+09:00"),
        )
    return Cell(found, None if has_offset(text) else _assumed(text, Words(found, found)))


def _read_shape(_: Column, text: str) -> Cell:
    shape = read_shape(text)
    if shape is None:
        raise CellRefused(
            Words("GeoJSON の図形ではありません", "it is not a GeoJSON geometry"),
            Words('{"type":"Polygon","coordinates":…} のようにしてください', "a geometry object"),
        )
    return Cell(shape)


def _read_choice(column: Column, text: str) -> Cell:
    vocabulary = column.vocabulary
    if vocabulary is None:
        return Cell(text)
    if text in vocabulary.values:
        return Cell(text)
    for spelling, value in (*vocabulary.spellings.items(), *((v, v) for v in vocabulary.values)):
        if folded(spelling) == folded(text):
            return Cell(value, _assumed(text, Words(value, value)))
    known = "・".join(vocabulary.values)
    raise CellRefused(
        Words("決められた値ではありません", "it is not one of the values"),
        Words(f"{known} のどれかにしてください", f"one of {known}"),
    )


def _read_uri(_: Column, text: str) -> Cell:
    uri = narrow(text) if not text.isascii() and narrow(text).isascii() else text
    if _URI.fullmatch(uri):
        return Cell(uri)
    inside = _WEB.findall(text)
    if len(inside) == 1 and text.endswith(inside[0]):
        return Cell(inside[0], _assumed(text, Words(inside[0], inside[0])))
    spaced = re.sub(r"[ \u3000]+", "%20", uri)
    if _WEB.fullmatch(spaced):
        return Cell(spaced, Words("空白を %20 にした", "spaces written as %20"))
    raise CellRefused(
        Words("URL ではありません", "it is not a URL"),
        Words("https:// から始めてください", "it begins with https://"),
    )


def _read_texts(_: Column, text: str) -> Cell:
    return Cell([item for part in re.split("[;；]", text) if (item := trimmed(part))] or None)


def _read_uris(column: Column, text: str) -> Cell:
    parts = _read_texts(column, text).value
    items = parts if isinstance(parts, list) else []
    return Cell([_read_uri(column, str(item)).value for item in items] or None)


def _read_municipality(text: str, prefecture: str | None) -> Cell:
    try:
        code = municipality_code(text, prefecture=prefecture)
    except InvalidTerm as refused:
        raise CellRefused(
            Words(refused.detail_ja, refused.detail),
            Words("検査数字を含む 6 桁にしてください（例 372013）", "six digits, as 372013"),
        ) from refused
    return Cell(code, None if code == text else _assumed(text, Words(code, code)))


def _read_latitude(_: Column, text: str) -> Cell:
    return _read_degrees(text, LATITUDES, LONGITUDES, Words("緯度", "latitude"))


def _read_longitude(_: Column, text: str) -> Cell:
    return _read_degrees(text, LONGITUDES, LATITUDES, Words("経度", "longitude"))


def _read_degrees(
    text: str, right: tuple[float, float], other: tuple[float, float], what: Words
) -> Cell:
    """Read degrees in Japan; 0 is how some files write a blank one.

    JGD2011, which municipal files use, is taken as WGS 84 (they differ by centimetres).
    """
    plain = narrow(text).replace(" ", "")
    if not _NUMBER.fullmatch(plain):
        raise CellRefused(
            Words(f"{what.ja}が十進の度ではありません", f"the {what.en} is not in decimal degrees"),
            Words("34.3401 のような十進の度にしてください", "decimal degrees, as 34.3401"),
        )
    degrees = float(plain)
    if not degrees:
        return Cell(None, Words("0 を空欄とみなした", "0 taken as blank"))
    if right[0] <= degrees <= right[1]:
        return Cell(degrees)
    if other[0] <= degrees <= other[1]:
        reason = Words("緯度と経度が逆のようです", "latitude and longitude seem swapped")
    else:
        reason = Words(f"{what.ja}が日本の外です", f"the {what.en} is not in Japan")
    raise CellRefused(
        reason,
        Words(f"{what.ja}は {right[0]} から {right[1]} です", f"{right[0]} to {right[1]}"),
    )


def _assumed(text: str, taken: Words) -> Words:
    shown = text if len(text) <= 20 else text[:20] + "…"
    return Words(f"「{shown}」を「{taken.ja}」とした", f"{shown!r} taken as {taken.en!r}")


_READERS: Mapping[Kind, Callable[[Column, str], Cell]] = {
    Kind.TEXT: _read_text,
    Kind.CODE: _read_code,
    Kind.NUMBER: _read_bounded,
    Kind.TIME: _read_time,
    Kind.DATE: _read_date,
    Kind.INSTANT: _read_instant,
    Kind.CHOICE: _read_choice,
    Kind.URI: _read_uri,
    Kind.TEXTS: _read_texts,
    Kind.URIS: _read_uris,
    Kind.REFERENCE: _read_uri,
    Kind.SHAPE: _read_shape,
    Kind.LATITUDE: _read_latitude,
    Kind.LONGITUDE: _read_longitude,
}
