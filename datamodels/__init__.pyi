from .api.routers import router
from .exporters.files import Format, export
from .exporters.open_data_list import Publisher, export_path, open_data_list
from .exporters.reports import Told, write_report
from .importers.choices import read_choices, write_choices
from .importers.gathering import FileGathering, read_rows
from .importers.readings import Reading, read_csv, read_file
from .importers.scaffold import scaffold
from .model.adoption import Adoption, Found, Rule, Validation
from .model.cells import write_cell
from .model.checking import Checker, Fault
from .model.compatibility import (
    Difference,
    Effect,
    diff,
    effect_of,
    fingerprint,
    is_honest,
)
from .model.contexts import context_path, to_iris, to_names
from .model.documentation import document_of, summary_of
from .model.entities import default_instance, entity_from, entity_id, values_of
from .model.errors import (
    AskedTooOften,
    DataModelError,
    NotAllowed,
    SinkRefused,
    UnknownModel,
    UnreadableFile,
)
from .model.examples import example_cells, example_of
from .model.headers import NO_CHOICES, Choices
from .model.model import NAMESPACE, PLACES, Column, Kind, Model
from .model.rows import IdRule, Problem
from .model.schedule import Schedule
from .model.schema import Form, schema_of
from .model.words import Language, Words
from .operations.adoption import (
    DataModels,
    adopt_model,
    adopted_models,
    drop_model,
    findings,
)
from .operations.imports import BATCH, import_file
from .operations.reports import Report
from .operations.schedules import ScheduledImports
from .operations.validation import Rules, RulesUnknown
from .ports import Adoptions, EntityKeeper, EntitySink, EntitySource, Indexing, TenantData
from .registry import (
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
from .settings import Settings
from .store.adoptions import MIGRATIONS, MODELS_CHANNEL, AdoptionStore
from .store.schedules import ScheduleStore

__all__ = [
    "ALL",
    "BATCH",
    "MIGRATIONS",
    "MODELS_CHANNEL",
    "NAMESPACE",
    "NO_CHOICES",
    "PLACES",
    "Adoption",
    "AdoptionStore",
    "Adoptions",
    "AskedTooOften",
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
    "default_instance",
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
    "values_of",
    "write_cell",
    "write_choices",
    "write_report",
]
