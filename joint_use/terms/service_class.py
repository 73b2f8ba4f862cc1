"""Classes of services of the guidebook, and what each requires of who uses it."""

from collections.abc import Mapping
from enum import Enum

from joint_use.terms.levels import Levels, Requirement


class ServiceClass(Enum):
    """The classes of the government's guidebook on joint use."""

    AUTHENTICATED = "authenticated"
    EXISTENCE = "existence"
    CRIMINAL_PROCEEDS = "criminal_proceeds"
    PUBLIC_AUTHENTICATION = "public_authentication"


REQUIRED: Mapping[ServiceClass, Requirement] = {
    ServiceClass.AUTHENTICATED: Requirement(),
    ServiceClass.EXISTENCE: Requirement(levels=Levels(2, 2)),
    ServiceClass.CRIMINAL_PROCEEDS: Requirement(levels=Levels(2, 2), proofs=frozenset({"kyc"})),
    ServiceClass.PUBLIC_AUTHENTICATION: Requirement(
        levels=Levels(3, 3), proofs=frozenset({"jpki_signature"})
    ),
}
"""What a class requires, unless a service or a policy says otherwise."""
