"""The attribute profile over HTTP: /profile for everybody, /admin/profile to enter it."""

from collections.abc import Sequence
from typing import Annotated

import pydantic
from fastapi import APIRouter, Body, Depends, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from joint_use.api.operator import OperatorToken
from joint_use.api.problems import ProblemRoute
from joint_use.operations.profile import compare_profile, set_profile, show_profile
from joint_use.profile_ports import Profiles, ProfileVersion
from joint_use.terms.access import Principal
from joint_use.terms.profile_comparison import Compared, Comparison, Verdict
from joint_use.terms.profile_document import document_of, profile_of, schema
from joint_use.terms.profile_rules import Finding, check
from kit.json import JsonObject, JsonValue

PATH = "/profile"
SCHEMA = f"{PATH}/schema"
_TAG = "属性 / Attribute profile"
_Document = Annotated[pydantic.JsonValue, Body(description="属性 / A profile, as its schema says")]


def profile_router(profiles: Profiles, token: SecretStr) -> APIRouter:
    """Make the router of the attribute profile.

    Args:
        profiles: the ports.
        token: the operator token.
    """
    router = APIRouter(tags=[_TAG], route_class=ProblemRoute)
    router.include_router(_public(profiles))
    operator = Annotated[Principal, Depends(OperatorToken(token))]

    @router.put(f"/admin{PATH}", summary="属性を登録 / Enter the profile")
    async def enter(principal: operator, document: _Document) -> JSONResponse:
        entered, findings = await set_profile(profiles, principal, profile_of(document))
        return JSONResponse({"version": entered.version, "findings": _found(findings)})

    return router


def _public(profiles: Profiles) -> APIRouter:
    router = APIRouter(route_class=ProblemRoute)

    @router.get(PATH, summary="属性 / The platform's profile")
    async def show(request: Request) -> JSONResponse:
        return _shown(await show_profile(profiles), request)

    @router.get(SCHEMA, summary="属性の JSON Schema / The schema of a profile")
    async def described(request: Request) -> JSONResponse:
        return JSONResponse(schema(str(request.url)), media_type="application/schema+json")

    @router.post(f"{PATH}/check", summary="属性を点検 / Hold a profile against the rules")
    async def checked(document: _Document) -> JSONResponse:
        return JSONResponse({"findings": _found(check(profile_of(document)))})

    @router.post(f"{PATH}/comparison", summary="属性を比較 / Compare with another platform's")
    async def compared(document: _Document) -> JSONResponse:
        return JSONResponse(
            comparison_document(await compare_profile(profiles, profile_of(document)))
        )

    return router


def comparison_document(comparison: Comparison) -> JsonObject:
    """Write a comparison as a document."""
    return {
        "canJoin": comparison.can_join,
        "canLink": comparison.can_link,
        "attributes": [_row(row) for row in comparison.rows],
    }


def _row(row: Compared) -> JsonObject:
    return {
        "attribute": row.attribute.member,
        "title": {"ja": row.attribute.ja, "en": row.attribute.en},
        "ours": row.ours,
        "theirs": row.theirs,
        "differs": row.differs,
        "joining": _verdict(row.joining),
        "linking": _verdict(row.linking),
    }


def _verdict(verdict: Verdict) -> JsonObject:
    return {"need": verdict.need.value, "ja": verdict.ja, "en": verdict.en}


def _shown(version: ProfileVersion, request: Request) -> JSONResponse:
    described = str(request.url.replace(path=SCHEMA, query=""))
    return JSONResponse(
        document_of(version.profile),
        headers={
            "Link": f'<{described}>; rel="describedby"; type="application/schema+json"',
            "ETag": f'"{version.version}"',
            "Last-Modified": version.at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        },
    )


def _found(findings: Sequence[Finding]) -> list[JsonValue]:
    return [
        {
            "weight": finding.weight.value,
            "attribute": finding.member,
            "ja": finding.ja,
            "en": finding.en,
        }
        for finding in findings
    ]
