"""Standard data models by field, and files of municipalities read and written as their entities.

The front door: what the houses above may use. The sub-package `model` is the pure room; one model
is asked for with `model_named`.
"""

from datamodels.api.contexts import router
from datamodels.exporters.files import Format, export
from datamodels.importers.readings import Reading, read_csv
from datamodels.model.contexts import context_path, to_iris, to_names
from datamodels.model.entities import entity_from, entity_id
from datamodels.model.errors import DataModelError, SinkRefused, UnknownModel, UnreadableFile
from datamodels.model.model import NAMESPACE, Column, Kind, Model
from datamodels.model.rows import IdRule, Problem
from datamodels.model.words import Language, Words
from datamodels.operations.imports import BATCH, import_file
from datamodels.operations.reports import Report
from datamodels.ports import EntitySink, EntitySource
from datamodels.registry import ALL, context_document, model_named, models
from datamodels.settings import Settings

__all__ = [
    "ALL",
    "BATCH",
    "NAMESPACE",
    "Column",
    "DataModelError",
    "EntitySink",
    "EntitySource",
    "Format",
    "IdRule",
    "Kind",
    "Language",
    "Model",
    "Problem",
    "Reading",
    "Report",
    "Settings",
    "SinkRefused",
    "UnknownModel",
    "UnreadableFile",
    "Words",
    "context_document",
    "context_path",
    "entity_from",
    "entity_id",
    "export",
    "import_file",
    "model_named",
    "models",
    "read_csv",
    "router",
    "to_iris",
    "to_names",
]
