"""Standard data models by field, and files of municipalities read and written as their entities.

The front door: what the houses above may use. The sub-package `model` is the pure room; one model
is asked for with `model_named`.
"""

from datamodels.api.routers import router
from datamodels.exporters.files import Format, export
from datamodels.exporters.open_data_list import Publisher, export_path, open_data_list
from datamodels.exporters.reports import Told, write_report
from datamodels.importers.choices import read_choices, write_choices
from datamodels.importers.gathering import FileGathering, read_rows
from datamodels.importers.readings import Reading, read_csv, read_file
from datamodels.importers.scaffold import scaffold
from datamodels.model.adoption import Adoption, Found, Rule, Validation
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
from datamodels.model.documentation import document_of, summary_of
from datamodels.model.entities import entity_from, entity_id
from datamodels.model.errors import (
    DataModelError,
    NotAllowed,
    SinkRefused,
    UnknownModel,
    UnreadableFile,
)
from datamodels.model.examples import example_cells, example_of
from datamodels.model.headers import NO_CHOICES, Choices
from datamodels.model.model import NAMESPACE, Column, Kind, Model
from datamodels.model.rows import IdRule, Problem
from datamodels.model.schedule import Schedule
from datamodels.model.schema import Form, schema_of
from datamodels.model.words import Language, Words
from datamodels.operations.adoption import (
    DataModels,
    adopt_model,
    adopted_models,
    drop_model,
    findings,
)
from datamodels.operations.imports import BATCH, import_file
from datamodels.operations.reports import Report
from datamodels.operations.schedules import ScheduledImports
from datamodels.operations.validation import Rules, RulesUnknown
from datamodels.ports import Adoptions, EntityKeeper, EntitySink, EntitySource, Indexing, TenantData
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
from datamodels.store.adoptions import CHANNEL, MIGRATIONS, AdoptionStore
from datamodels.store.schedules import ScheduleStore

__all__ = [
    "ALL",
    "BATCH",
    "CHANNEL",
    "MIGRATIONS",
    "NAMESPACE",
    "NO_CHOICES",
    "Adoption",
    "AdoptionStore",
    "Adoptions",
    "Checker",
    "Choices",
    "Column",
    "DataModelError",
    "DataModels",
    "Difference",
    "Effect",
    "EntityKeeper",
    "EntitySink",
    "EntitySource",
    "Fault",
    "FileGathering",
    "Form",
    "Format",
    "Found",
    "IdRule",
    "Indexing",
    "Kind",
    "Language",
    "Model",
    "NotAllowed",
    "Problem",
    "Publisher",
    "Reading",
    "Registry",
    "Report",
    "Rule",
    "Rules",
    "RulesUnknown",
    "Schedule",
    "ScheduleStore",
    "ScheduledImports",
    "Settings",
    "SinkRefused",
    "TenantData",
    "Told",
    "UnknownModel",
    "UnreadableFile",
    "Validation",
    "Words",
    "adopt_model",
    "adopted_models",
    "built_in",
    "context_document",
    "context_path",
    "diff",
    "dishonest",
    "document_of",
    "drop_model",
    "effect_of",
    "entity_from",
    "entity_id",
    "example_cells",
    "example_of",
    "export",
    "export_path",
    "findings",
    "fingerprint",
    "fingerprints",
    "import_file",
    "is_honest",
    "model_named",
    "models",
    "open_data_list",
    "open_registry",
    "read_choices",
    "read_csv",
    "read_file",
    "read_rows",
    "router",
    "scaffold",
    "schema_of",
    "summary_of",
    "to_iris",
    "to_names",
    "write_choices",
    "write_report",
]
