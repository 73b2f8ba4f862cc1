"""What people have agreed that services learn of them: purpose, items, recipient, period."""

from dataclasses import dataclass
from datetime import datetime

from joint_use.terms.errors import InvalidTerm

MOST_TEXT = 500
MOST_ITEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A consent as somebody gives it.

    Args:
        tenant: whose data are meant.
        subject: who gives it, as the recipient knows her.
        recipient: the service that gets the data.
        purpose: what for, as she was told.
        items: which data: entity types.
        expires_at: until when; None: until it is withdrawn.
    """

    tenant: str
    subject: str
    recipient: str
    purpose: str
    items: frozenset[str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConsent:
    """A consent as it is kept; withdrawing it leaves it standing, with the time.

    Args:
        number: its name.
        terms: what was agreed to.
        given_at: when.
        withdrawn_at: when it was withdrawn; None: it was not.
    """

    number: int
    terms: NewConsent
    given_at: datetime
    withdrawn_at: datetime | None = None

    def covers(self, *, recipient: str, purpose: str, item: str, at: datetime) -> bool:
        """Tell whether it allows a service to have an item for a purpose at an instant."""
        terms = self.terms
        return (
            terms.recipient == recipient
            and terms.purpose == purpose
            and item in terms.items
            and self.given_at <= at
            and (terms.expires_at is None or at < terms.expires_at)
            and (self.withdrawn_at is None or at < self.withdrawn_at)
        )


def checked(wanted: NewConsent, now: datetime) -> NewConsent:
    """Answer with a consent that may be written down.

    Raises:
        InvalidTerm: something of it cannot be right.
    """
    for name in ("subject", "recipient", "purpose"):
        text = getattr(wanted, name)
        if not 0 < len(text) <= MOST_TEXT:
            raise InvalidTerm(
                f"{name} has {len(text)} characters; right are 1 to {MOST_TEXT}",
                detail_ja=f"{name} は1文字以上{MOST_TEXT}文字以内で入力してください。",
                where=name,
            )
    if not 0 < len(wanted.items) <= MOST_ITEMS or not all(":" in item for item in wanted.items):
        raise InvalidTerm(
            f"items are not 1 to {MOST_ITEMS} IRIs of entity types",
            detail_ja=f"items はエンティティ種別のIRIを1から{MOST_ITEMS}個指定してください。",
            where="items",
        )
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise InvalidTerm(
            "expires_at is over already; right is an instant to come",
            detail_ja="expires_at は未来の日時を指定してください。",
            where="expires_at",
        )
    return wanted
