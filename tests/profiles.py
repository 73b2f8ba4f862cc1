"""A platform's attributes, as tests need them."""

from joint_use.terms.profile import (
    Keeping,
    Linked,
    PlatformScheme,
    Profile,
    Reach,
    ResidentTerms,
    ServiceScheme,
)

A_PROFILE = Profile(
    name="江別市データ連携基盤",
    operator="江別市",
    service_scheme=ServiceScheme.MUNICIPALITIES,
    reach=Reach.PREFECTURE,
    platform_scheme=PlatformScheme.MUNICIPALITIES,
    resident_terms=ResidentTerms(by_part=True, platform_apart=True, certification=True),
    proofing=2,
    authentication=2,
    authentication_link=Linked.YES,
    data_link=Linked.YES,
    non_personal=Keeping.SEPARATED,
    personal=Keeping.SHARED,
)
"""Sound: no rule finds anything."""
