"""Decisions explained to operators: what a token may do in a tenant, and why not."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from idp_federation import OAuthError, Presented
from joint_use import (
    ANYONE,
    Action,
    Deny,
    InvalidTerm,
    OperatorToken,
    Principal,
    ProblemRoute,
    StepUp,
    decide,
    standing_with,
    use_tenant,
)
from renkei.enforcement import principal_of
from renkei.platform import Platform


class DecisionAsked(BaseModel):
    """判定の対象 / What is to be decided."""

    model_config = ConfigDict(extra="forbid")

    token: str | None = Field(default=None, description="トークン、なければ誰でも / None: anyone")
    action: Action = Field(description="操作 / The action")
    type: str | None = Field(default=None, description="型のIRI / The type's IRI; None: any")


class DecisionShown(BaseModel):
    """判定と理由 / A decision, and why."""

    outcome: str = Field(description="判定 / allow, deny or step_up")
    reason: str = Field(description="理由 / Why")
    subject: str = Field(description="主体 / Who calls")
    policy_version: int = Field(description="ポリシーの版 / Of which version of the policy")


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
        principal = await _principal(platform, asked.token)
        policy = await platform.access.policies.find(tenant)
        standing = await standing_with(platform.access, tenant, principal, policy)
        decision = decide(principal, asked.action, name, standing, asked.type)
        outcome = "deny" if isinstance(decision, Deny) else "allow"
        return DecisionShown(
            outcome="step_up" if isinstance(decision, StepUp) else outcome,
            reason=decision.reason,
            subject=principal.subject,
            policy_version=policy.version,
        )

    return router


async def _principal(platform: Platform, token: str | None) -> Principal:
    if token is None:
        return ANYONE
    try:
        presented = Presented(scheme="bearer", token=token)
        return principal_of(await platform.identity.verifier.verify(presented))
    except OAuthError as error:
        raise InvalidTerm(
            error.detail, detail_ja="トークンが正しくありません。", where="token"
        ) from error
