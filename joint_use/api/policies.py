"""The admin API of policies, under /admin/tenants/{name}/policy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr

from joint_use.access_ports import Access, PolicyChange
from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.operations.policies import policy_history, set_policy, show_policy
from joint_use.terms.access import Principal
from joint_use.terms.policy import Policy, policy_document


class PolicyAsked(BaseModel):
    """ポリシー / A policy, and the version that it follows."""

    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=0, description="確認した最新の版 / The last version that you have seen")
    policy: dict[str, JsonValue] = Field(description="ポリシー / The policy")


class PolicyShown(BaseModel):
    """ポリシー / A policy."""

    version: int = Field(description="版、0は未設定 / Version; 0: none was ever set")
    policy: dict[str, JsonValue] = Field(description="ポリシー / The policy")

    @classmethod
    def of(cls, policy: Policy) -> "PolicyShown":
        """Show a policy."""
        return cls(version=policy.version, policy=dict(policy_document(policy)))


class PolicyChangeShown(PolicyShown):
    """ポリシーの変更 / A version of a policy: who set it, when."""

    by: str = Field(description="変更者 / Who set it")
    at: datetime = Field(description="変更日時 / When")

    @classmethod
    def of_change(cls, change: PolicyChange) -> "PolicyChangeShown":
        """Show a version."""
        shown = PolicyShown.of(change.policy)
        return cls(version=shown.version, policy=shown.policy, by=change.by, at=change.at)


def policy_router(access: Access, token: SecretStr) -> APIRouter:
    """Make the router of tenants' policies.

    Args:
        access: the ports.
        token: the operator token.
    """
    operator = Annotated[Principal, Depends(OperatorToken(token, administrators=True))]
    router = APIRouter(
        prefix="/admin/tenants/{name}/policy",
        tags=["アクセス / Access"],
        route_class=ProblemRoute,
    )

    @router.get("", summary="ポリシー / Show")
    async def show(name: str, principal: operator) -> PolicyShown:
        return PolicyShown.of(await show_policy(access, principal, name))

    @router.put("", summary="ポリシーを定める / Set")
    async def put(name: str, asked: PolicyAsked, principal: operator) -> PolicyShown:
        policy = await set_policy(access, principal, name, asked.policy, over=asked.version)
        return PolicyShown.of(policy)

    @router.get("/history", summary="変更の履歴 / All versions")
    async def history(name: str, principal: operator) -> Sequence[PolicyChangeShown]:
        changes = await policy_history(access, principal, name)
        return [PolicyChangeShown.of_change(each) for each in changes]

    return router
