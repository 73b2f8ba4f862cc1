"""Which encoding a file of text is in, found by reading it once through."""

import codecs
from dataclasses import dataclass
from pathlib import Path

from datamodels.model.errors import UnreadableFile
from datamodels.model.words import Words

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A file's encoding, as Python names it, and how many lines it has (for a progress bar)."""

    name: str
    lines: int


def detect(path: Path) -> Encoding:
    """Find a file's encoding: by its byte order mark, else UTF-8, else cp932, both strictly.

    Raises:
        UnreadableFile: it is none of these; names the line where reading fails.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise UnreadableFile(Words("ファイルが空です", "The file is empty"), where="1")
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name=name, lines=_count(path, name))
    try:
        return Encoding(name="utf-8", lines=_count(path, "utf-8"))
    except UnreadableFile as not_utf8:
        try:
            return Encoding(name="cp932", lines=_count(path, "cp932"))
        except UnreadableFile:
            raise not_utf8 from None


def _count(path: Path, encoding: str) -> int:
    """Read the whole file in an encoding and count its lines."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                text = decoder.decode(chunk)
                _refuse_binary(text, lines)
                lines += text.count("\n")
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            line = lines + error.object[: error.start].count(b"\n")
            raise UnreadableFile(
                Words(
                    f"{line} 行目の文字を読めません。UTF-8 か Shift_JIS で保存してください",
                    f"Line {line} cannot be read; right are UTF-8, cp932 (Shift_JIS) and UTF-16",
                ),
                where=str(line),
            ) from error
    return lines


def _refuse_binary(text: str, lines: int) -> None:
    if "\0" in text:
        raise UnreadableFile(
            Words("テキストのファイルではありません", "The file is not text; right is CSV"),
            where=str(lines),
        )
