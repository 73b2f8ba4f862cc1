import io

import pytest
import typer
from rich.console import Console

from kit.json import JsonObject
from renkei.commands.quota import read
from renkei.commands.usage import By, Measure, table_of

_SUMS = [measure.value for measure in Measure]


def a_row(tenant: str, **sums: int | None) -> JsonObject:
    return {**dict.fromkeys(_SUMS, 0), "tenant": tenant, **sums}


def shown(usage: list[JsonObject], chart: Measure) -> str:
    written = io.StringIO()
    Console(file=written, width=240).print(table_of(usage, [By.TENANT], chart))
    return written.getvalue()


def test_the_longest_bar_is_the_most_used() -> None:
    text = shown([a_row("ebetsu", requests=100), a_row("sapporo", requests=50)], Measure.REQUESTS)
    bars = {line.count("█") for line in text.splitlines() if "█" in line}
    assert bars == {30, 15}


def test_what_is_not_counted_is_no_zero() -> None:
    text = shown([a_row("ebetsu", users=None, requests=1_234_567)], Measure.USERS)
    assert "―" in text
    assert "1,234,567" in text
    assert "█" not in text


def test_a_tenants_name_is_no_markup() -> None:
    assert "[bold]" in shown([a_row("[bold]", requests=1)], Measure.REQUESTS)


def test_nothing_is_a_table_without_rows() -> None:
    assert "tenant" in shown([], Measure.BYTES_STORED)


@pytest.mark.parametrize("text", ["", "many", "1,000", "０x"])
def test_a_limit_is_a_number_or_the_default(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read(text)
