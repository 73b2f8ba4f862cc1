"""The models that come with the product, read once from their sources in models/*.toml."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from datamodels.model.contexts import context_of
from datamodels.model.errors import UnknownModel
from datamodels.model.model import Model
from datamodels.model.source import model_from
from datamodels.model.words import Words
from kit.json import JsonObject

_SHARED = "shared.toml"
ALL = "all"
"""The name of the context that joins those of all models."""


def models() -> tuple[Model, ...]:
    """Answer with all models, by name."""
    return tuple(_by_name().values())


def model_named(name: str) -> Model:
    """Answer with one model; small and capital letters make no difference.

    Raises:
        UnknownModel: there is none of that name; says which there are.
    """
    found = {known.casefold(): one for known, one in _by_name().items()}.get(name.casefold())
    if found:
        return found
    known = ", ".join(_by_name())
    raise UnknownModel(
        Words(
            f"データモデル「{name}」はありません。使えるのは {known} です",
            f"Data model {name!r} does not exist; there are {known}",
        ),
        where="model",
    )


def context_document(name: str = ALL) -> JsonObject:
    """Answer with the @context document of a model, or of all together.

    Its IRIs are under `urn:renkei:datamodels:`, a name and no internet domain; a term that Smart
    Data Models bears with the same meaning keeps that IRI.

    Raises:
        UnknownModel: there is none of that name.
    """
    return context_of(models() if name == ALL else (model_named(name),))


@cache
def _by_name() -> Mapping[str, Model]:
    sources = resources.files("datamodels") / "models"
    shared = _table((sources / _SHARED).read_text("utf-8"))
    read = (
        model_from(_table(file.read_text("utf-8")), shared)
        for file in sources.iterdir()
        if file.name.endswith(".toml") and file.name != _SHARED
    )
    return {one.type: one for one in sorted(read, key=lambda one: one.type)}


def _table(text: str) -> JsonObject:
    return tomllib.loads(text)
