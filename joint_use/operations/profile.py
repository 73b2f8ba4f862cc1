"""The platform's attribute profile: shown to anybody, entered by who administers the platform."""

from collections.abc import Sequence

from joint_use.profile_ports import Profiles, ProfileVersion
from joint_use.terms.access import Action, Principal
from joint_use.terms.errors import Forbidden, InvalidTerm, ProfileUnknown
from joint_use.terms.profile import Profile
from joint_use.terms.profile_comparison import Comparison, compare
from joint_use.terms.profile_rules import Finding, Weight, check


async def show_profile(profiles: Profiles) -> ProfileVersion:
    """Show the profile that holds.

    Raises:
        ProfileUnknown: none was entered yet.
    """
    latest = await profiles.shelf.latest()
    if latest is None:
        raise ProfileUnknown(
            "Profile of this platform is not entered yet; `renkei profile set FILE` enters it",
            detail_ja="この基盤の属性はまだ登録されていません。",
        )
    return latest


async def set_profile(
    profiles: Profiles, principal: Principal, profile: Profile
) -> tuple[ProfileVersion, Sequence[Finding]]:
    """Enter the profile; answers with what the rules advise.

    Raises:
        Forbidden: the caller does not administer the platform.
        InvalidTerm: the attributes contradict each other.
    """
    if Action.ADMINISTER not in principal.actions or principal.tenants is not None:
        raise Forbidden(
            f"{principal.subject} may not enter the platform's profile",
            detail_ja=f"{principal.subject} には属性を登録する権限がありません。",
        )
    findings = check(profile)
    for finding in findings:
        if finding.weight is Weight.CONTRADICTION:
            raise InvalidTerm(finding.en, detail_ja=finding.ja, where=finding.member)
    entered = await profiles.shelf.add(profile, by=principal.subject, at=profiles.clock())
    return entered, findings


async def compare_profile(profiles: Profiles, theirs: Profile) -> Comparison:
    """Compare our profile with another platform's.

    Raises:
        ProfileUnknown: ours was not entered yet.
    """
    ours = await show_profile(profiles)
    return compare(ours.profile, theirs)
