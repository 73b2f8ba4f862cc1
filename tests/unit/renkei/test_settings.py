"""The platform's settings: where they come from, and which the platform refuses."""

import ipaddress
from pathlib import Path

import pytest

from renkei.order import Order
from renkei.settings import SettingsRefused, check, load


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RENKEI_DATA", str(tmp_path))


def test_options_come_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.toml").write_text('port = 1\nworkers = 2\nhost = "::1"\n')
    monkeypatch.setenv("RENKEI_PORT", "3")
    monkeypatch.setenv("RENKEI_WORKERS", "4")
    settings = load({"port": 5, "workers": None})
    assert (settings.port, settings.workers, settings.host) == (5, 4, "::1")


def test_the_file_lies_in_the_directory_that_the_option_names(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "settings.toml").write_text("port = 7\n")
    assert load({"data": str(other)}).port == 7


def test_networks_are_written_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENKEI_EGRESS_ALLOW", "127.0.0.0/8,fd00::/8")
    expected = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8"))
    assert load({}).egress_allow == expected
    assert load({"egress_allow": ["127.0.0.0/8", "fd00::/8"]}).egress_allow == expected


def test_a_nested_setting_has_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENKEI_LOG__LEVEL", "warning")
    assert load({}).log.level == "warning"


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("port", 70_000, "RENKEI_PORT"),
        ("workers", 0, "RENKEI_WORKERS"),
        ("egress_allow", ["10.0.0.1/8"], "RENKEI_EGRESS_ALLOW"),
        ("prot", 1026, "RENKEI_PROT"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(
    option: str, value: int | list[str], named: str
) -> None:
    with pytest.raises(SettingsRefused, match=named):
        load({option: list(value) if isinstance(value, list) else value})


def test_a_file_that_is_not_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("port: 1026\n")
    with pytest.raises(SettingsRefused, match=r"settings\.toml cannot be read"):
        load({})


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.1"])
def test_with_auth_other_machines_may_reach_it(host: str) -> None:
    assert load({}).auth == "on"
    check(load({"host": host}))


@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.1", "platform.example"],  # noqa: S104 - refused
)
def test_without_auth_other_machines_reach_it_only_if_that_is_said(host: str) -> None:
    with pytest.raises(SettingsRefused, match="--insecure"):
        check(load({"auth": "off", "host": host}))
    check(load({"auth": "off", "host": host, "insecure": True}))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.1.2.3"])
def test_this_machine_reaches_it_without_more_ado(host: str) -> None:
    check(load({"auth": "off", "host": host}))


def test_an_order_hands_a_child_the_very_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load({"database_url": "postgresql://me:mine@db/x", "egress_allow": ["::1/128"]})
    order = Order(settings=settings, parent=1)
    written = order.dump()
    monkeypatch.setenv("RENKEI_PORT", "9")  # what the child would read by itself
    assert Order.parse(written[8:]) == order
    assert int(written[:8]) == len(written) - 8
    assert "mine" not in repr(order)
