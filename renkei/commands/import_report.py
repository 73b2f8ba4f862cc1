"""What became of an imported file, as tables for people."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from datamodels import IdRule, Language, Reading, Report, Words

_WIDE = 140  # columns of a report that goes to a file
_MOST_SHOWN = 20

_ID_RULES = {
    IdRule.COLUMN: Words("ID の列から", "from the ID column"),
    IdRule.ROW_NUMBER: Words(
        "ID の列がないため行番号の列から", "from the row number: no ID column"
    ),
    IdRule.HASH: Words(
        "ID の列がないため名称と住所から計算", "from name and address: no ID column"
    ),
}


def console(*, is_error: bool = False) -> Console:
    """Make a console that is wide enough for tables where nobody's terminal limits it."""
    made = Console(stderr=is_error, highlight=False)
    return made if made.is_terminal else Console(stderr=is_error, highlight=False, width=_WIDE)


def show_reading(out: Console, reading: Reading, lang: Language) -> None:
    """Show how a file was understood, before anything is sent."""
    table = reading.table
    out.print(f"{table.path}", style="bold", markup=False)
    for name, value in (
        (Words("データモデル", "model"), f"{reading.model.type} {reading.model.name_ja}"),
        *((name, value.in_(lang)) for name, value in table.told),
        (Words("識別子", "ids"), _ID_RULES[reading.reader.id_rule].in_(lang)),
    ):
        out.print(f"  {name.in_(lang)}: {value}", markup=False)
    shown = _table(lang, Words("ファイルの見出し", "header"), Words("標準の項目", "column"))
    mapping = table.mapping
    for place, (header, column) in enumerate(zip(mapping.headers, mapping.columns, strict=True)):
        if column is not None:
            _add(shown, header, f"{column.ja} ({column.en})")
        elif place == mapping.row_number:
            _add(shown, header, Words("（行番号）", "(row number)").in_(lang))
        elif header:
            _add(shown, header, Words("（取り込みません）", "(not taken)").in_(lang))
    out.print(shown)


def show_report(out: Console, report: Report, lang: Language) -> None:
    """Show what became of the rows: what was assumed, what is missing, what was refused and why."""
    _show_assumptions(out, report, lang)
    _show_gaps(out, report, lang)
    _show_problems(out, report, lang)
    if report.is_dry_run:
        out.print(
            Words("試行のため何も書き込んでいません", "Dry run: nothing was written").in_(lang)
        )
    if not report.is_complete:
        out.print(
            Words(
                "ファイルを最後まで読めませんでした", "The file could not be read to its end"
            ).in_(lang)
        )
    counts = (
        (Words("全行", "rows"), report.rows),
        (Words("新規", "taken"), report.taken),
        (Words("変更", "changed"), report.changed),
        (Words("変更なし", "unchanged"), report.unchanged),
        (Words("不採用", "refused"), report.refused),
    )
    out.print("  ".join(f"{name.in_(lang)} {count:,}" for name, count in counts), style="bold")


def _show_assumptions(out: Console, report: Report, lang: Language) -> None:
    if not report.assumptions:
        return
    table = _table(lang, Words("列", "column"), Words("読み替え", "assumed"), Words("件", "times"))
    for assumption, times in report.assumptions.most_common(_MOST_SHOWN):
        _add(table, assumption.column, assumption.taken.in_(lang), f"{times:,}")
    out.print(table)


def _show_gaps(out: Console, report: Report, lang: Language) -> None:
    if not report.gaps:
        return
    title = Words("標準で必須ですが空欄の項目", "Required by the standard and blank").in_(lang)
    gaps = ", ".join(f"{column} {times:,}" for column, times in report.gaps.most_common())
    out.print(f"{title}: {gaps}", markup=False)


def _show_problems(out: Console, report: Report, lang: Language) -> None:
    if not report.problems:
        return
    table = _table(
        lang,
        Words("行", "line"),
        Words("列", "column"),
        Words("内容", "found"),
        Words("理由", "reason"),
        Words("正しくは", "right"),
    )
    for one in report.problems:
        reason, right = one.reason.in_(lang), one.right.in_(lang)
        _add(table, str(one.line), one.column or "", one.found, reason, right)
    out.print(table)
    untold = report.problem_count - len(report.problems)
    if untold:
        out.print(Words(f"ほか {untold:,} 件", f"and {untold:,} more").in_(lang))


def _table(lang: Language, *headers: Words) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for header in headers:
        table.add_column(header.in_(lang), overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    """Add a row of plain text: brackets in a municipality's file are no markup."""
    table.add_row(*map(Text, cells))
