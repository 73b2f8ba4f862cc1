"""The registry: models that come with the product, and an operator's own beside them.

Each is read once from its source, a TOML file. Of one type there may be several versions; the
highest is the current one.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from datamodels.model.compatibility import fingerprint, numbers
from datamodels.model.contexts import context_of
from datamodels.model.errors import DataModelError, UnknownModel
from datamodels.model.model import Model
from datamodels.model.source import model_from
from datamodels.model.words import Words
from kit.json import JsonObject

_SHARED = "shared.toml"
_FINGERPRINTS = "fingerprints.toml"
_NO_MODELS = frozenset({_SHARED, _FINGERPRINTS})
ALL = "all"
"""The name of the context that joins those of all models."""


@dataclass(frozen=True)
class Registry:
    """Models by type and version.

    Args:
        every: all versions of all models.
    """

    every: tuple[Model, ...]

    @cached_property
    def current(self) -> Mapping[str, Model]:
        """The highest version of each model, by type."""
        found: dict[str, Model] = {}
        for model in sorted(self.every, key=lambda one: (one.type, numbers(one.version))):
            found[model.type] = model
        return found

    @cached_property
    def by_iri(self) -> Mapping[str, Model]:
        """The current models by the IRI of their type."""
        return {model.iri: model for model in self.current.values()}

    @property
    def models(self) -> tuple[Model, ...]:
        """The current models, by name."""
        return tuple(self.current.values())

    def named(self, name: str, version: str | None = None) -> Model:
        """Answer with one model; small and capital letters make no difference.

        Raises:
            UnknownModel: there is none of that name or version; says which there are.
        """
        versions = [one for one in self.every if one.type.casefold() == name.casefold()]
        if not versions:
            known = ", ".join(self.current)
            raise UnknownModel(
                Words(
                    f"データモデル「{name}」はありません。使えるのは {known} です",
                    f"Data model {name!r} does not exist; there are {known}",
                ),
                where="model",
            )
        if version is None:
            return self.current[versions[0].type]
        found = {one.version: one for one in versions}
        if version not in found:
            known = ", ".join(sorted(found, key=numbers))
            raise UnknownModel(
                Words(
                    f"{versions[0].type} に版 {version} はありません。あるのは {known} です",
                    f"Version {version} of {versions[0].type} does not exist; there are {known}",
                ),
                where="version",
            )
        return found[version]

    def versions(self, name: str) -> tuple[Model, ...]:
        """Answer with all versions of a model, the latest first.

        Raises:
            UnknownModel: there is none of that name.
        """
        type_ = self.named(name).type
        found = [one for one in self.every if one.type == type_]
        return tuple(sorted(found, key=lambda one: numbers(one.version), reverse=True))

    def context_document(self, name: str = ALL) -> JsonObject:
        """Answer with the @context document of a model, or of all together.

        Raises:
            UnknownModel: there is none of that name.
        """
        return context_of(self.models if name == ALL else (self.named(name),))


def open_registry(folder: Path | None = None) -> Registry:
    """Read the models that come with the product, and those in a folder of the operator's.

    Raises:
        DataModelError: a source is no model, or two say that they are the same version of one.
    """
    if folder is None:
        return built_in()
    if not folder.is_dir():
        raise DataModelError(
            Words(
                f"データモデルのフォルダ {folder} がありません",
                f"Folder {folder} of data models does not exist; right is a folder of TOML files",
            ),
            where="folder",
        )
    own = tuple(_read(folder, _shared(folder)))
    return _checked((*built_in().every, *own))


@cache
def built_in() -> Registry:
    """Answer with the models that come with the product."""
    return _checked(_read(_built_in_folder(), {}))


def fingerprints() -> Mapping[str, str]:
    """Answer with the fingerprints of released versions, by `Type@version`."""
    return _strings(_table((_built_in_folder() / _FINGERPRINTS).read_text("utf-8")))


def dishonest(registry: Registry, released: Mapping[str, str]) -> tuple[str, ...]:
    """Name the versions that say something else than when they were released."""
    return tuple(
        key
        for model in registry.every
        if (key := f"{model.type}@{model.version}") in released
        and released[key] != fingerprint(model)
    )


def models() -> tuple[Model, ...]:
    """Answer with all models that come with the product, by name."""
    return built_in().models


def model_named(name: str) -> Model:
    """Answer with one of the models that come with the product.

    Raises:
        UnknownModel: there is none of that name.
    """
    return built_in().named(name)


def context_document(name: str = ALL) -> JsonObject:
    """Answer with the @context document of a model that comes with the product, or of all.

    Raises:
        UnknownModel: there is none of that name.
    """
    return built_in().context_document(name)


def _read(folder: Traversable, shared_too: JsonObject) -> Iterator[Model]:
    shared = _joined(_table((_built_in_folder() / _SHARED).read_text("utf-8")), shared_too)
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml") and file.name not in _NO_MODELS:
            yield model_from(_parsed(file), shared)


def _checked(every: Iterable[Model]) -> Registry:
    """Refuse two sources that say that they are the same version of the same model."""
    found: dict[tuple[str, str], Model] = {}
    for model in every:
        if (model.type, model.version) in found:
            raise DataModelError(
                Words(
                    f"データモデル {model.type} {model.version} が二つあります",
                    f"Data model {model.type} {model.version} is there twice; "
                    "right is another version or another type",
                ),
                where=model.type,
            )
        found[model.type, model.version] = model
    return Registry(tuple(found.values()))


def _shared(folder: Path) -> JsonObject:
    path = folder / _SHARED
    return _parsed(path) if path.exists() else {}


def _joined(ours: JsonObject, theirs: JsonObject) -> JsonObject:
    """Join what models share, table by table; an operator's own words win."""
    joined: JsonObject = dict(ours)
    for name, table in theirs.items():
        there = joined.get(name)
        joined[name] = (
            {**there, **table} if isinstance(there, dict) and isinstance(table, dict) else table
        )
    return joined


def _parsed(file: Traversable) -> JsonObject:
    try:
        return _table(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataModelError(
            Words(f"{file.name} を読めません: {error}", f"{file.name} cannot be read: {error}"),
            where=file.name,
        ) from error


def _table(text: str) -> JsonObject:
    return tomllib.loads(text)


def _strings(table: JsonObject) -> Mapping[str, str]:
    return {name: str(value) for name, value in table.items()}


def _built_in_folder() -> Traversable:
    return resources.files("datamodels") / "models"
