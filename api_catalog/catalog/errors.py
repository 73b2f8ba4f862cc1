"""What the API catalog refuses.

CatalogError
├── InvalidEntry    an entry that cannot be kept
├── EntryUnknown    there is none of this key, or the reader may not see it
├── EntryExists     the key is taken
├── EntryChanged    somebody changed it since it was read
├── NotAllowed      the caller may not do this
└── WrongStep       its lifecycle does not allow this step
"""

from kit.errors import SpokenError


class CatalogError(SpokenError):
    """The root of what the catalog refuses."""


class InvalidEntry(CatalogError):
    """A member of an entry cannot be right."""


class EntryUnknown(CatalogError):
    """There is no such entry for this reader."""


class EntryExists(CatalogError):
    """The key is taken, for ever."""


class EntryChanged(CatalogError):
    """The entry was changed since the caller read it."""


class NotAllowed(CatalogError):
    """The caller may not do this."""


class WrongStep(CatalogError):
    """The lifecycle has no such step."""
