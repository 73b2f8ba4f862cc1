from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.settings import DatabaseSettings, HouseSettings, Source, shown


class Store(HouseSettings):
    pool_size: int = Field(default=4, description="Connections.")
    password: SecretStr | None = Field(default=None, description="The password.")


class House(HouseSettings):
    store: Store = Field(default_factory=Store, description="The store.")


class Root(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="RENKEI_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )
    port: int = Field(default=1026, description="The port.")
    names: tuple[str, ...] = Field(default=(), description="Names.")
    token: SecretStr = Field(default=SecretStr("t0ken"), description="The token.")
    broker: House = Field(default_factory=House, description="The broker.")


def test_every_setting_is_shown_as_its_variable_with_its_description() -> None:
    lines = {one.variable: one for one in shown(Root())}
    assert list(lines) == [
        "RENKEI_PORT",
        "RENKEI_NAMES",
        "RENKEI_TOKEN",
        "RENKEI_BROKER__STORE__POOL_SIZE",
        "RENKEI_BROKER__STORE__PASSWORD",
    ]
    assert lines["RENKEI_PORT"].value == "1026"
    assert lines["RENKEI_NAMES"].value == "[]"
    assert lines["RENKEI_BROKER__STORE__PASSWORD"].value == "null"
    assert all(one.description and one.source is Source.DEFAULT for one in lines.values())


def test_a_secret_is_never_shown() -> None:
    root = Root(broker=House(store=Store(password=SecretStr("s3cret"))))
    written = repr(list(shown(root)))
    assert "s3cret" not in written
    assert "t0ken" not in written
    assert written.count("******") == 2


def test_each_setting_names_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 1\nnames = ["a"]\n[broker.store]\npool_size = 1\n')
    monkeypatch.setenv("RENKEI_BROKER__STORE__POOL_SIZE", "2")
    monkeypatch.setenv("RENKEI_PORT", "2")
    lines = {one.variable: one for one in shown(Root(port=3), options={"port": 3}, file=file)}
    assert lines["RENKEI_PORT"].source is Source.OPTION
    assert lines["RENKEI_PORT"].value == "3"
    assert lines["RENKEI_BROKER__STORE__POOL_SIZE"].source is Source.ENVIRONMENT
    assert lines["RENKEI_BROKER__STORE__POOL_SIZE"].value == "2"
    assert lines["RENKEI_NAMES"].source is Source.FILE
    assert lines["RENKEI_TOKEN"].source is Source.DEFAULT


def test_house_settings_are_frozen_and_refuse_misspelt_names() -> None:
    with pytest.raises(ValidationError, match="budgets"):
        DatabaseSettings.model_validate({"budgets": 3})
    with pytest.raises(ValidationError, match="frozen"):
        setattr(DatabaseSettings(), "budget", 3)  # noqa: B010 - mypy would refuse it before us


def test_every_shared_setting_has_a_description() -> None:
    assert all(field.description for field in DatabaseSettings.model_fields.values())
