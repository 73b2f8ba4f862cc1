"""What the assurance core refuses with.

AssuranceError
├── InvalidLevels       levels are not 1 to 3
├── InvalidMapping      a table of levels cannot be read, or promises more than it may
└── ExchangeRefused     personal data may not pass between two platforms now
"""

from kit.errors import RenkeiError


class AssuranceError(RenkeiError):
    """The root of what the assurance core refuses with."""


class InvalidLevels(AssuranceError):
    """Levels are not 1 to 3."""


class InvalidMapping(AssuranceError):
    """A table of levels cannot be read, or promises more than it may."""


class ExchangeRefused(AssuranceError):
    """Personal data may not pass between two platforms now."""
