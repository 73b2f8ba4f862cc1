"""Every setting is explained where it is declared."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel

from renkei.settings import Settings


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def settings_in(model: type[BaseModel], above: str) -> Iterator[tuple[str, str | None]]:
    for name, field in model.model_fields.items():
        path = f"{above}__{name}".upper()
        yield path, field.description
        for inner in models_in(field.annotation):
            yield from settings_in(inner, path)


def test_every_setting_has_a_description() -> None:
    described = dict(settings_in(Settings, "renkei"))
    assert "RENKEI__PORT" in described
    assert [path for path, text in described.items() if not (text or "").strip()] == []


def test_every_description_ends_with_a_full_stop() -> None:
    described = dict(settings_in(Settings, "renkei"))
    assert [path for path, text in described.items() if not (text or "").endswith(".")] == []


def test_settings_cannot_be_changed_once_read() -> None:
    every: list[type[BaseModel]] = [Settings, *nested_in(Settings)]
    open_to_change = [one.__qualname__ for one in every if not one.model_config.get("frozen")]
    assert open_to_change == []


def nested_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield inner
            yield from nested_in(inner)
