"""Applications: submitted, asked back, answered, withdrawn by applicants; seen by the operator."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from joint_use.onboarding_ports import Onboarding
from joint_use.operations.organisations import require_operator
from joint_use.terms.access import Principal
from joint_use.terms.application import (
    Application,
    ApplicationContent,
    ApplicationEvent,
    ApplicationStatus,
    ApplicationStep,
    plain_text,
)
from joint_use.terms.errors import (
    ApplicationUnknown,
    InvalidApplication,
    InvalidTerm,
    TooManyApplications,
)
from joint_use.terms.terms_of_use import MODEL_TERMS, TermsOfUse, checked_terms

APPLICANT = "applicant"
MAX_PAGE = 100
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are taken for another
_RECEIPT_LETTERS = 6


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an applicant gets: the number to speak of, the secret that opens the application."""

    number: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationWhole:
    """An application and what was done to it, the oldest first."""

    application: Application
    events: Sequence[ApplicationEvent]


async def submit(
    onboarding: Onboarding, content: ApplicationContent, *, agreed: str, sender: bytes
) -> Receipt:
    """Take an application.

    Args:
        onboarding: the ports.
        content: what is asked for.
        agreed: the version of the terms of use that the applicant agreed to.
        sender: a keyed hash of where it comes from.

    Raises:
        InvalidApplication: these terms do not hold (any more).
        TooManyApplications: this sender, or everybody together, applies too often.
    """
    terms = await present_terms(onboarding)
    if agreed != terms.version:
        raise InvalidApplication({"agreed": _not_agreed(terms.version)})
    await _pace(onboarding, sender)
    now = onboarding.joint_use.clock()
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(_RECEIPT_LETTERS))
    receipt = Receipt(f"{now:%Y%m%d}-{drawn}", secrets.token_urlsafe(24))
    application = Application(
        receipt=receipt.number,
        content=content,
        terms_version=agreed,
        status=ApplicationStatus.SUBMITTED,
        submitted_at=now,
        changed_at=now,
    )
    await onboarding.applications.add(application, secret=hashed(receipt.secret), sender=sender)
    return receipt


async def show_own(onboarding: Onboarding, receipt: Receipt) -> ApplicationWhole:
    """Show an application to whoever has its link.

    Raises:
        ApplicationUnknown: there is none of this number, or the secret is another one.
    """
    known = await onboarding.applications.secret_of(receipt.number)
    if known is None or not hmac.compare_digest(known, hashed(receipt.secret)):
        raise unknown_application(receipt.number)
    return await _whole(onboarding, receipt.number)


async def answer(onboarding: Onboarding, receipt: Receipt, text: str) -> Application:
    """Answer the operator's question.

    Raises:
        ApplicationUnknown, InvalidTerm, WrongStatus: as they say.
    """
    await show_own(onboarding, receipt)
    said = plain_text(text, "text")
    return await _advance(onboarding, receipt.number, ApplicationStep.ANSWERED, APPLICANT, said)


async def withdraw(onboarding: Onboarding, receipt: Receipt) -> Application:
    """Take an application back that is not decided yet.

    Raises:
        ApplicationUnknown, WrongStatus: as they say.
    """
    await show_own(onboarding, receipt)
    return await _advance(onboarding, receipt.number, ApplicationStep.WITHDRAWN, APPLICANT)


async def list_applications(
    onboarding: Onboarding,
    principal: Principal,
    *,
    status: ApplicationStatus | None = None,
    after: str = "",
    limit: int = MAX_PAGE,
) -> Sequence[Application]:
    """List applications, the latest first.

    Args:
        onboarding: the ports.
        principal: who asks.
        status: only those of this status.
        after: only those that follow the one of this receipt number.
        limit: how many at most.

    Raises:
        Forbidden: the caller is no operator.
    """
    require_operator(principal)
    return await onboarding.applications.page(
        status=status, after=after, limit=min(limit, MAX_PAGE)
    )


async def tally_applications(
    onboarding: Onboarding, principal: Principal
) -> Mapping[ApplicationStatus, int]:
    """Count the applications of each status.

    Raises:
        Forbidden: the caller is no operator.
    """
    require_operator(principal)
    return await onboarding.applications.tally()


async def show_application(
    onboarding: Onboarding, principal: Principal, receipt: str
) -> ApplicationWhole:
    """Show an application and what was done to it.

    Raises:
        Forbidden: the caller is no operator.
        ApplicationUnknown: there is none of this number.
    """
    require_operator(principal)
    return await _whole(onboarding, receipt)


async def ask_back(
    onboarding: Onboarding, principal: Principal, receipt: str, question: str
) -> Application:
    """Ask the applicant a question; the application waits for the answer.

    Raises:
        Forbidden, ApplicationUnknown, InvalidTerm, WrongStatus: as they say.
    """
    require_operator(principal)
    text = plain_text(question, "question")
    step = ApplicationStep.ASKED_BACK
    return await _advance(onboarding, receipt, step, principal.subject, text)


async def refuse(
    onboarding: Onboarding, principal: Principal, receipt: str, reason: str
) -> Application:
    """Refuse an application, with the reason.

    Raises:
        Forbidden, ApplicationUnknown, InvalidTerm, WrongStatus: as they say.
    """
    require_operator(principal)
    text = plain_text(reason, "reason")
    return await _advance(onboarding, receipt, ApplicationStep.REFUSED, principal.subject, text)


async def renew_link(onboarding: Onboarding, principal: Principal, receipt: str) -> Receipt:
    """Make another link to an application, for an applicant who lost it; the old one ends.

    Raises:
        Forbidden: the caller is no operator.
        ApplicationUnknown: there is none of this number.
    """
    require_operator(principal)
    renewed = Receipt(receipt, secrets.token_urlsafe(24))
    event = ApplicationEvent(
        step=ApplicationStep.LINK_RENEWED, by=principal.subject, at=onboarding.joint_use.clock()
    )
    await onboarding.applications.renew_secret(receipt, hashed(renewed.secret), event)
    return renewed


async def present_terms(onboarding: Onboarding) -> TermsOfUse:
    """Answer with the terms of use that hold now."""
    return await onboarding.terms.present() or MODEL_TERMS


async def terms_of(onboarding: Onboarding, version: str) -> TermsOfUse:
    """Answer with the terms of use of a version.

    Raises:
        InvalidTerm: there are none of it.
    """
    found = await onboarding.terms.find(version)
    if found is None and version == MODEL_TERMS.version:
        found = MODEL_TERMS
    if found is None:
        raise InvalidTerm(
            f"Terms of use of version {version} do not exist",
            detail_ja=f"版 {version} の利用規約はありません。",
            where="version",
        )
    return found


async def publish_terms(
    onboarding: Onboarding, principal: Principal, terms: TermsOfUse
) -> TermsOfUse:
    """Publish a version of the terms of use; it holds from now on, and is never changed.

    Raises:
        Forbidden: the caller is no operator.
        InvalidTerm: the version exists already, or something is missing.
    """
    require_operator(principal)
    checked = replace(checked_terms(terms), published_at=onboarding.joint_use.clock())
    is_model = checked.version == MODEL_TERMS.version
    if is_model or not await onboarding.terms.publish(checked, by=principal.subject):
        raise InvalidTerm(
            f"Terms of use of version {terms.version} exist already; a version is given once",
            detail_ja=f"版 {terms.version} の利用規約は既にあります。別の版にしてください。",
            where="version",
        )
    return checked


def hashed(secret: str) -> bytes:
    """Compute what is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def unknown_application(receipt: str) -> ApplicationUnknown:
    """Say that there is no application of a receipt number, or that a secret is wrong."""
    return ApplicationUnknown(
        f"Application {receipt} does not exist, or the link is an old one",
        detail_ja=f"申請 {receipt} がないか、リンクが古くなっています。",
        where="receipt",
    )


def _not_agreed(version: str) -> InvalidTerm:
    return InvalidTerm(
        f"Terms of use are not agreed to; those that hold are version {version}",
        detail_ja=f"利用規約（版 {version}）を確認し、同意してください。",
        where="agreed",
    )


async def _pace(onboarding: Onboarding, sender: bytes) -> None:
    pace = onboarding.pace
    since = onboarding.joint_use.clock() - pace.within
    own, waiting = await onboarding.applications.count(since=since, sender=sender)
    if own >= pace.per_sender or waiting >= pace.waiting:
        raise TooManyApplications(
            "Applications come too often; try again in an hour",
            detail_ja="申請が集中しています。1時間ほどおいて、もう一度お試しください。",
        )


async def _whole(onboarding: Onboarding, receipt: str) -> ApplicationWhole:
    application = await onboarding.applications.find(receipt)
    if application is None:
        raise unknown_application(receipt)
    return ApplicationWhole(
        application=application, events=await onboarding.applications.events(receipt)
    )


async def _advance(
    onboarding: Onboarding, receipt: str, step: ApplicationStep, by: str, text: str = ""
) -> Application:
    event = ApplicationEvent(step=step, by=by, at=onboarding.joint_use.clock(), text=text)
    return await onboarding.applications.advance(receipt, event)
