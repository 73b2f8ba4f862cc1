"""What is refused about accounts and signing in.

AccountError
├── InvalidAccount       a name, a claim or a piece of evidence cannot be right
├── AccountExists        the name is taken at this municipality
├── AccountUnknown       there is no such account, or it is closed
├── LinkOver             a one-time link is used, too old or not one of ours
├── WrongCredentials     name, password, code or passkey are not right: it is not told which
├── WeakPassword         a new password is too short, well known or easily guessed
├── TooManyAttempts      somebody, or everybody from one address, tries too often
├── Busy                 more people sign in at once than this process can serve
├── SignInAgain          what is asked for needs a sign-in that has just taken place
└── FactorRefused        a factor may not be added or removed so
"""

from kit.errors import SpokenError


class AccountError(SpokenError):
    """The root of what is refused about accounts."""


class InvalidAccount(AccountError):
    """A name, a claim or a piece of evidence cannot be right."""


class AccountExists(AccountError):
    """The name is taken at this municipality."""


class AccountUnknown(AccountError):
    """There is no such account, or it is closed."""


class LinkOver(AccountError):
    """A one-time link is used, too old or not one of ours."""


class WrongCredentials(AccountError):
    """Name, password, code or passkey are not right; it is not told which."""


class WeakPassword(AccountError):
    """A new password is too short, well known or easily guessed."""


class TooManyAttempts(AccountError):
    """Somebody, or everybody from one address, tries too often."""

    retry_after_s = 60


class Busy(AccountError):
    """More people sign in at once than this process can serve."""

    retry_after_s = 2


class SignInAgain(AccountError):
    """What is asked for needs a sign-in that has just taken place."""


class FactorRefused(AccountError):
    """A factor may not be added or removed so."""
