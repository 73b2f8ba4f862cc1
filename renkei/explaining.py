"""Decisions explained to operators: what a token may do in a tenant, and why not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr

from idp_federation import OAuthError, Presented, VerifiedToken
from idp_federation.assurance.methods import VERSION as METHODS_VERSION
from idp_federation.federation.identifiers import EntityId
from joint_use import (
    ANYONE,
    Action,
    Deny,
    OperatorToken,
    Policy,
    Principal,
    ProblemRoute,
    Requirement,
    Standing,
    StepUp,
    decide,
    standing_with,
    use_tenant,
)
from joint_use.terms.policy import policy_document
from kit.json import JsonObject
from renkei.enforcement import principal_of
from renkei.platform import Platform


class DecisionAsked(BaseModel):
    """判定の対象 / What is to be decided."""

    model_config = ConfigDict(extra="forbid")

    token: str | None = Field(default=None, description="トークン、なければ誰でも / None: anyone")
    action: Action = Field(description="操作 / The action")
    type: str | None = Field(default=None, description="型のIRI / The type's IRI; None: any")


class InputsShown(BaseModel):
    """判定の根拠 / What a decision rests on."""

    subject: str = Field(description="主体 / Who calls")
    client: str | None = Field(description="クライアント / Through which client")
    tenants: list[str] | None = Field(description="テナント / Where it may act; null: everywhere")
    actions: list[str] = Field(description="許された操作 / What the token allows")
    levels: list[int] = Field(description="身元確認・当人認証 / Proofing and authentication held")
    proofs: list[str] = Field(description="追加の証拠 / What is proven beside levels")
    signed_in_at: datetime | None = Field(description="認証の時刻 / When a person signed in")
    amr: list[str] = Field(description="認証の方法 / How")
    vouched_by: str | None = Field(description="認証した者 / Who vouches for the sign-in")
    map_version: int | None = Field(description="レベル対応表の版 / Version of the table of levels")
    expires_at: datetime | None = Field(description="トークンの期限 / When the token ends")
    required: list[dict[str, JsonValue]] = Field(description="要求 / What is required, by whom")
    owner: str | None = Field(
        description="本人を示す属性 / The attribute that says whom it is about"
    )
    purpose: str | None = Field(description="利用目的 / The purpose that is to be consented to")
    consents: list[int] = Field(description="同意の番号 / Numbers of the consents in force")


class DecisionShown(BaseModel):
    """判定と理由 / A decision, and why."""

    outcome: str = Field(description="判定 / allow, deny, step_up, or refuse: the token is none")
    reason: str = Field(description="理由 / Why")
    policy_version: int = Field(description="ポリシーの版 / Of which version of the policy")
    inputs: InputsShown = Field(description="根拠 / What it rests on")


def explaining_router(platform: Platform, token: SecretStr) -> APIRouter:
    """Make the router that explains decisions.

    Args:
        platform: its policies and its verifier.
        token: the operator token.
    """
    router = APIRouter(
        prefix="/admin/tenants/{name}/policy", tags=["アクセス / Access"], route_class=ProblemRoute
    )

    @router.post("/explain", summary="判定を説明 / Explain a decision")
    async def explain(
        name: str,
        asked: DecisionAsked,
        operator: Annotated[Principal, Depends(OperatorToken(token))],
    ) -> DecisionShown:
        del operator
        tenant = await use_tenant(platform.joint_use, name)
        policy = await platform.access.policies.find(tenant)
        verified, problem = await _verified(platform, asked.token)
        principal = ANYONE if verified is None else principal_of(verified)
        standing = await standing_with(platform.access, tenant, principal, policy)
        decision = decide(principal, asked.action, name, standing, asked.type)
        outcome = "deny" if isinstance(decision, Deny) else "allow"
        if isinstance(decision, StepUp):
            outcome = "step_up"
        return DecisionShown(
            outcome=outcome if problem is None else "refuse",
            reason=decision.reason if problem is None else problem,
            policy_version=policy.version,
            inputs=_inputs(
                principal, standing, asked.type, verified, await _version(platform, verified)
            ),
        )

    return router


async def _verified(
    platform: Platform, token: str | None
) -> tuple[VerifiedToken | None, str | None]:
    """Believe a token; or say why it is refused wherever it is shown."""
    if token is None:
        return None, None
    try:
        return await platform.identity.verifier.verify(
            Presented(scheme="bearer", token=token)
        ), None
    except OAuthError as error:
        return None, error.detail


async def _version(platform: Platform, token: VerifiedToken | None) -> int | None:
    """Say by which version of a table the levels of a sign-in are reckoned now."""
    if token is None or not token.is_person:
        return None
    if token.source is None:
        return METHODS_VERSION
    grounds = await platform.identity.federation.grounds.of(EntityId(token.source))
    attested = grounds.trust.assurance_map
    return None if attested is None else attested.mapping.version


def _inputs(
    principal: Principal,
    standing: Standing,
    type_: str | None,
    token: VerifiedToken | None,
    map_version: int | None,
) -> InputsShown:
    policy = standing.policy or Policy()
    personal = policy.personal.get(type_ or "")
    tenants = principal.tenants
    return InputsShown(
        subject=principal.subject,
        client=principal.service,
        tenants=None if tenants is None else sorted(tenants),
        actions=sorted(action.value for action in principal.actions),
        levels=[principal.levels.proofing, principal.levels.authentication],
        proofs=sorted(principal.proofs),
        signed_in_at=principal.signed_in_at,
        amr=[] if token is None else sorted(token.amr),
        vouched_by=None if token is None or not token.is_person else token.source or token.issuer,
        map_version=map_version,
        expires_at=None if token is None else token.expires_at,
        required=[*_required(policy, principal, type_)],
        owner=None if personal is None else personal.owner,
        purpose=None if personal is None else personal.purpose,
        consents=[
            one.number
            for one in standing.consents
            if one.withdrawn_at is None
            and (
                one.terms.expires_at is None
                or standing.at is None
                or standing.at < one.terms.expires_at
            )
        ],
    )


def _required(
    policy: Policy, principal: Principal, type_: str | None
) -> Iterator[dict[str, JsonValue]]:
    """Say what the service and the type require, each as it is written in the policy."""
    written = policy_document(policy)
    by_service = cast(JsonObject, written["services"]).get(principal.service or "")
    by_type = cast(JsonObject, written["personal"]).get(type_ or "")
    if isinstance(by_service, dict):
        yield _resolved("service", by_service, policy.services[principal.service or ""])
    if isinstance(by_type, dict):
        yield _resolved(
            "type", cast(JsonObject, by_type["requires"]), policy.personal[type_ or ""].requirement
        )


def _resolved(by: str, written: JsonObject, required: Requirement) -> dict[str, JsonValue]:
    levels = required.levels
    return {
        "by": by,
        "policy": written,
        "levels": [levels.proofing, levels.authentication],
        "proofs": [*sorted(required.proofs)],
    }
