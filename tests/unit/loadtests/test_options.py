from pathlib import Path

import pytest

from loadtests.options import read


def test_the_usual_peak_asks_the_platform_on_its_usual_port() -> None:
    options = read([])
    assert options.url == "http://127.0.0.1:1026/ngsi-ld/v1"
    assert options.scenarios == ("create", "get", "query", "patch")
    assert options.connections == 32


def test_a_data_directory_takes_the_place_of_the_usual_url() -> None:
    options = read(["--data", "somewhere", "--floor"])
    assert (options.url, options.data) == (None, Path("somewhere"))


def test_a_number_of_requests_takes_the_place_of_seconds() -> None:
    options = read(["--requests", "100"])
    assert (options.requests, options.seconds) == (100, None)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--scenarios", "create,mend"], "scenario mend is not one of create, get"),
        (["--floor"], "--floor needs --data or --database-url"),
    ],
)
def test_a_wrong_command_line_is_answered_with_a_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read(arguments)
    assert sentence in capsys.readouterr().err
