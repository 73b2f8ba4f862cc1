"""Standard data models by field, and files of municipalities read and written as their entities.

The front door: what the houses above may use. The sub-package `model` is the pure room; one model
is asked for with `model_named`.
"""

from datamodels.api.contexts import router
from datamodels.exporters.files import Format, export
from datamodels.importers.readings import Reading, read_csv
from datamodels.model.checking import Checker, Fault
from datamodels.model.compatibility import (
    Difference,
    Effect,
    diff,
    effect_of,
    fingerprint,
    is_honest,
)
from datamodels.model.contexts import context_path, to_iris, to_names
from datamodels.model.entities import entity_from, entity_id
from datamodels.model.errors import DataModelError, SinkRefused, UnknownModel, UnreadableFile
from datamodels.model.examples import example_cells, example_of
from datamodels.model.model import NAMESPACE, Column, Kind, Model
from datamodels.model.rows import IdRule, Problem
from datamodels.model.schema import Form, schema_of
from datamodels.model.words import Language, Words
from datamodels.operations.imports import BATCH, import_file
from datamodels.operations.reports import Report
from datamodels.ports import EntitySink, EntitySource
from datamodels.registry import (
    ALL,
    Registry,
    built_in,
    context_document,
    dishonest,
    fingerprints,
    model_named,
    models,
    open_registry,
)
from datamodels.settings import Settings

__all__ = [
    "ALL",
    "BATCH",
    "NAMESPACE",
    "Checker",
    "Column",
    "DataModelError",
    "Difference",
    "Effect",
    "EntitySink",
    "EntitySource",
    "Fault",
    "Form",
    "Format",
    "IdRule",
    "Kind",
    "Language",
    "Model",
    "Problem",
    "Reading",
    "Registry",
    "Report",
    "Settings",
    "SinkRefused",
    "UnknownModel",
    "UnreadableFile",
    "Words",
    "built_in",
    "context_document",
    "context_path",
    "diff",
    "dishonest",
    "effect_of",
    "entity_from",
    "entity_id",
    "example_cells",
    "example_of",
    "export",
    "fingerprint",
    "fingerprints",
    "import_file",
    "is_honest",
    "model_named",
    "models",
    "open_registry",
    "read_csv",
    "router",
    "schema_of",
    "to_iris",
    "to_names",
]
