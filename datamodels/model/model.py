"""A data model: its columns in Japanese and English, kinds, units, vocabularies, IRIs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

NAMESPACE = "urn:renkei:datamodels:"
"""The namespace of types and attributes that the project names itself.

It is a name and no address: the project pretends to no internet domain. An attribute that means
what a core term of NGSI-LD or a Smart Data Models term of the same name means takes that IRI.
"""


class Kind(Enum):
    """What a cell of a column holds; the values are the words of the model sources."""

    TEXT = "text"
    CODE = "code"  # an identifier or number to call: width and dashes are unified
    NUMBER = "number"
    TIME = "time"  # HH:MM, to 24:00
    CHOICE = "choice"
    URI = "uri"
    TEXTS = "texts"  # several, separated by ";"
    URIS = "uris"
    MUNICIPALITY = "municipality"  # 全国地方公共団体コード
    LATITUDE = "latitude"
    LONGITUDE = "longitude"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The values a column may hold.

    Args:
        values: as they are kept.
        spellings: other spellings met in files, and the value each means.
        written: how a value is written in an export, where not as itself.
    """

    values: tuple[str, ...]
    spellings: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)


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
    aliases: tuple[str, ...] = ()
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One data model.

    Args:
        type: the entity type, which is the model's name too.
        version: semantic.
        field: 分野, one of the guidebook's eight.
        iris: the IRI of each attribute that is not in the project's namespace.
        personal: the entities are about persons.
        source: whose model it is; `licence`: of its text.
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

    @property
    def iri(self) -> str:
        """The IRI of the entity type."""
        return NAMESPACE + self.type

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes, each once, in the order of the columns."""
        return tuple(dict.fromkeys(column.attribute for column in self.columns))

    def iri_of(self, attribute: str) -> str:
        """Answer with the IRI of one of the attributes."""
        return self.iris.get(attribute, NAMESPACE + attribute)

    def column(self, en: str) -> Column | None:
        """Find a column by its English name."""
        return next((column for column in self.columns if column.en == en), None)
