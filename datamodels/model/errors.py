"""What the house of data models refuses with.

DataModelError
├── UnknownModel      there is no model of that name
├── UnreadableFile    a file is no table, or none of this model
├── NotAllowed        the caller may not do this
├── AskedTooOften     the tenant is asked more often than it may be
└── SinkRefused       what takes the entities refuses or is away
"""

from datamodels.model.words import Words
from kit.errors import RenkeiError


class DataModelError(RenkeiError):
    """The root; carries its text in both languages.

    Args:
        words: what is wrong and what would be right.
        where: the line or column.
    """

    def __init__(self, words: Words, *, where: str | None = None) -> None:
        super().__init__(words.en, where=where)
        self.words = words


class UnknownModel(DataModelError):
    """There is no model of that name."""


class UnreadableFile(DataModelError):
    """A file is not a table, or not one of this model."""


class SinkRefused(DataModelError):
    """What takes or gives the entities refuses, or cannot be reached."""


class NotAllowed(DataModelError):
    """The caller may not do this."""


class AskedTooOften(DataModelError):
    """The tenant is asked more often than it may be, by whoever it was.

    Args:
        words: as always.
        retry_after_s: when to ask again.
    """

    def __init__(self, words: Words, *, retry_after_s: int) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s
