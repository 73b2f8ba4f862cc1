"""The small file that says how a file's columns are taken: written, adjusted by people, read."""

import json
import tomllib
from pathlib import Path

from datamodels.importers.sheets import Sheet
from datamodels.importers.workbooks import Workbook
from datamodels.model.errors import UnreadableFile
from datamodels.model.headers import Choices
from datamodels.model.model import Model
from datamodels.model.words import Words

_KEYS = {"model", "sheet", "header_line", "series", "columns"}


def read_choices(path: Path) -> Choices:
    """Read how columns are to be taken.

    Raises:
        UnreadableFile: it is no such file.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _broken(path, str(error)) from error
    if unknown := table.keys() - _KEYS:
        raise _broken(path, f"unknown: {', '.join(sorted(unknown))}")
    columns, sheet = table.get("columns", {}), table.get("sheet")
    line, series = table.get("header_line"), table.get("series")
    if not isinstance(columns, dict) or not all(isinstance(en, str) for en in columns.values()):
        raise _broken(path, "[columns] says header = column")
    return Choices(
        columns=columns,
        sheet=sheet if isinstance(sheet, str) else None,
        header_line=line if isinstance(line, int) else None,
        series=series if isinstance(series, str) else None,
    )


def write_choices(table: Sheet, model: Model) -> str:
    """Write how a file's columns are taken, with a comment that helps to adjust it."""
    lines = [
        f"# {table.path.name} の見出しと、データモデル {model.type} の項目の対応です。",
        '# 右側を書き換えてください。"" の列は取り込みません。',
        f"model = {_quoted(model.type)}",
    ]
    if isinstance(table, Workbook):
        lines.append(f"sheet = {_quoted(table.sheet)}")
    lines += ["", "[columns]"]
    mapping, written = table.mapping, set[str]()
    for header, column in zip(mapping.headers, mapping.columns, strict=True):
        if header and header not in written:
            written.add(header)
            comment = "" if column is None else f"  # {column.ja}"
            en = "" if column is None else column.en
            lines.append(f"{_quoted(header)} = {_quoted(en)}{comment}")
    taken = {column.en for column in mapping.columns if column is not None}
    left = [column for column in model.columns if column.en not in taken]
    lines += ["", "# ほかに使える項目", *(f"#   {column.en}  {column.ja}" for column in left)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _broken(path: Path, reason: str) -> UnreadableFile:
    return UnreadableFile(
        Words(f"対応表 {path} を読めません: {reason}", f"Mapping {path} cannot be read: {reason}"),
        where=str(path),
    )
