"""A data model: its columns in Japanese and English, kinds, units, vocabularies, IRIs."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

NAMESPACE = "urn:renkei:datamodels:"
"""The namespace of types and attributes that the project names itself.

It is a name and no address: the project pretends to no internet domain. An attribute that means
what a core term of NGSI-LD or a Smart Data Models term of the same name means takes that IRI.
"""

SMART_DATA_MODELS = "https://smartdatamodels.org/"
"""Under which the Smart Data Models programme names its types and terms."""


class Kind(Enum):
    """What a cell of a column holds; the values are the words of the model sources."""

    TEXT = "text"
    CODE = "code"  # an identifier or number to call: width and dashes are unified
    NUMBER = "number"
    TIME = "time"  # HH:MM, to 24:00
    DATE = "date"  # YYYY-MM-DD
    INSTANT = "instant"  # RFC 3339, with an offset
    CHOICE = "choice"
    URI = "uri"
    TEXTS = "texts"  # several, separated by ";"
    URIS = "uris"
    REFERENCE = "reference"  # the id of another entity: a Relationship
    MUNICIPALITY = "municipality"  # 全国地方公共団体コード
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    SHAPE = "shape"  # a GeoJSON geometry, where a point does not do


PLACES = frozenset({Kind.LATITUDE, Kind.LONGITUDE, Kind.SHAPE})
"""Kinds of columns that together hold one GeoProperty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The values a column may hold.

    Args:
        values: as they are kept.
        spellings: other spellings met in files, and the value each means.
        written: how a value is written in an export, where not as itself.
    """

    values: tuple[str, ...]
    spellings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    written: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table, and the part of an attribute that it holds.

    Args:
        ja: the header, as the standard writes it.
        en: the English name.
        attribute: the entity's attribute; several columns may share one (name, location).
        language: the key of the LanguageProperty's map that the column holds.
        required: the standard asks for a value.
        unit: as the standard writes it; `unit_code` is its UN/CEFACT code.
        digits: how many digits the code has; lost leading zeros are put back.
        minimum: the least number that makes sense; `maximum`: the greatest.
        otherwise: the English name of the text column that takes what cannot be read as `kind`.
        aliases: other headers for it.
        ours: beyond the national columns.
    """

    ja: str
    en: str
    kind: Kind
    attribute: str
    language: str | None = None
    vocabulary: Vocabulary | None = None
    required: bool = False
    unit: str | None = None
    unit_code: str | None = None
    digits: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    otherwise: str | None = None
    aliases: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, kw_only=True)
class Model:
    """One data model.

    Args:
        type: the entity type, which is the model's name too.
        version: semantic.
        field: 分野, one of the guidebook's eight.
        iris: the IRI of each attribute that is not in the project's namespace.
        personal: the entities are about persons.
        source: whose model it is; `licence`: of its text.
        key: the columns whose values tell the rows of one municipality apart.
        queryable: attributes by which entities are looked for, so that an index pays.
        subject: the Smart Data Models subject that bears a type of this name and meaning.
        examples: texts of cells by English column name.
    """

    type: str
    version: str
    field: str
    name_ja: str
    name_en: str
    columns: tuple[Column, ...]
    iris: Mapping[str, str]
    source: str
    licence: str
    personal: bool = False
    key: tuple[str, ...] = ("identifier",)
    queryable: tuple[str, ...] = ()
    subject: str | None = None
    examples: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def iri(self) -> str:
        """The IRI of the entity type."""
        if self.subject is not None:
            return f"{SMART_DATA_MODELS}{self.subject}/{self.type}"
        return NAMESPACE + self.type

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The attributes, each once, in the order of the columns."""
        return tuple(dict.fromkeys(column.attribute for column in self.columns))

    @cached_property
    def parts(self) -> Mapping[str, tuple[Column, ...]]:
        """The columns that hold each attribute."""
        parts: dict[str, tuple[Column, ...]] = {}
        for column in self.columns:
            parts[column.attribute] = (*parts.get(column.attribute, ()), column)
        return parts

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The attributes for which the standard asks a value."""
        wanted = (column.attribute for column in self.columns if column.required)
        return tuple(dict.fromkeys(wanted))

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by English name."""
        return {column.en: column for column in self.columns}

    def iri_of(self, attribute: str) -> str:
        """Answer with the IRI of one of the attributes."""
        return self.iris.get(attribute, NAMESPACE + attribute)

    def column(self, en: str) -> Column | None:
        """Find a column by its English name."""
        return self.by_name.get(en)
