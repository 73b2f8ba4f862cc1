"""Two accounts of one person: what the link between them can carry from one to the other."""

from dataclasses import dataclass

from idp_federation.assurance.levels import lower
from joint_use import Levels


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLink:
    """A link, and the levels it was itself made at.

    Args:
        made_at: the proofing that the linked account had then, and the lower of the two
            authentications with which the person showed that both accounts are hers.
    """

    made_at: Levels


def through_link(own: Levels, linked: Levels, link: AccountLink) -> Levels:
    """Combine this sign-in's authentication with the linked account's proofing.

    Neither counts for more than the link itself was made at: whoever could only link weakly gets
    no more than a weak pair.

    >>> through_link(Levels(1, 3), Levels(3, 1), AccountLink(made_at=Levels(3, 2)))
    Levels(proofing=3, authentication=2)
    """
    return lower(Levels(linked.proofing, own.authentication), link.made_at)
