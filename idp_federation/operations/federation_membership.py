"""Operators put this platform into a federation: its role, its subordinates, its anchors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from idp_federation.federation.entity_statement import (
    EntityConfiguration,
    read_configuration,
    statement_claims,
)
from idp_federation.federation.errors import InvalidRequest, NotFound
from idp_federation.federation.identifiers import entity_id
from idp_federation.federation.jwt import JwkSet, check_signature
from idp_federation.federation.membership import (
    Member,
    Role,
    Subordinate,
    member_from_json,
    subordinate_of,
)
from idp_federation.federation.trust_chain import Anchors
from idp_federation.federation_ports import Federation
from idp_federation.oidc.key_rotation import KeyUse
from joint_use import Action, Forbidden, Principal
from kit.json import JsonObject
from kit.jwt import bears_signature


async def require_member(federation: Federation) -> Member:
    """Answer with who this platform is in the federation.

    Raises:
        NotFound: it is in none.
    """
    member = await federation.membership.read()
    if member is None:
        raise NotFound(f"{federation.entity} is in no federation")
    return member


async def require_superior(federation: Federation) -> Member:
    """Answer with who this platform is, having subordinates.

    Raises:
        NotFound: it has none, being a leaf or in no federation.
    """
    member = await require_member(federation)
    if not member.role.has_subordinates:
        raise NotFound(f"{federation.entity} is a leaf: it makes no statements about others")
    return member


async def trusted_anchors(federation: Federation) -> Anchors:
    """Answer with the anchors that are trusted: those that are pinned, and itself if it is one."""
    pinned = await federation.anchors.read()
    member = await federation.membership.read()
    if member is None or member.role is not Role.ANCHOR:
        return pinned
    return {**pinned, federation.entity: await federation.keys.published()}


async def join(federation: Federation, principal: Principal, given: JsonObject) -> Member:
    """Become a member, or change what this platform says of itself.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        InvalidRequest: what is given cannot be.
    """
    require_administrator(principal)
    _require_own_identifier(federation)
    member = member_from_json(_with_own_maps(federation, given))
    if not member.role.has_subordinates and await federation.subordinates.every():
        raise InvalidRequest("A leaf has no subordinates; right is to remove them first")
    await federation.membership.write(member, by=principal.subject, at=federation.clock())
    return member


async def enrol(
    federation: Federation, principal: Principal, configuration: str, terms: JsonObject
) -> Subordinate:
    """Take in a subordinate, by its Entity Configuration as it was handed over.

    Who enrols has seen, on another way, that its keys are its own.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        InvalidJwt, InvalidStatement, InvalidMetadata: configuration or terms break a rule.
        InvalidRequest: it does not look for its authority here.
        NotFound: this platform has no subordinates.
    """
    require_administrator(principal)
    await require_superior(federation)
    read = _believed(federation, configuration)
    if federation.entity not in read.authority_hints:
        raise InvalidRequest(
            f"{read.entity} does not name {federation.entity} in its authority_hints; right is "
            "`renkei federation init --superior` there, first",
            where="authority_hints",
        )
    subordinate = subordinate_of(read, terms, now=federation.clock())
    await federation.subordinates.enrol(subordinate, by=principal.subject)
    return subordinate


async def remove(federation: Federation, principal: Principal, entity: str) -> None:
    """Make no more statements about a subordinate; its trust marks end too.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: it is none.
    """
    require_administrator(principal)
    now = federation.clock()
    by = principal.subject
    if not await federation.subordinates.remove(entity, by=by, at=now):
        raise NotFound(f"{entity} is no subordinate of {federation.entity}")
    await federation.issued_marks.revoke_all(entity, by=by, at=now, reason="removed")


async def pin(
    federation: Federation, principal: Principal, configuration: str
) -> EntityConfiguration:
    """Trust an anchor, by its Entity Configuration as it was handed over.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        InvalidJwt, InvalidStatement: the configuration breaks a rule.
        InvalidRequest: it is that of somebody who has superiors.
    """
    require_administrator(principal)
    read = _believed(federation, configuration)
    if read.authority_hints:
        raise InvalidRequest(f"{read.entity} has superiors: it is no trust anchor")
    keys, now = read.keys, federation.clock()
    await federation.anchors.pin(read.entity, keys, by=principal.subject, at=now)
    return read


async def renew_keys(federation: Federation, principal: Principal, entity: str) -> JwkSet:
    """Take up the keys that a subordinate or a pinned anchor names now.

    It names them in its Entity Configuration, signed by a key that is known already.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: it is neither.
        FederationError: what it says of itself is not signed by a key that is known.
    """
    require_administrator(principal)
    one, now = entity_id(entity), federation.clock()
    below = await federation.subordinates.find(one)
    if below is None and one not in await federation.anchors.read():
        raise NotFound(f"{entity} is neither a subordinate nor a trust anchor here")
    federation.chains.forget(one)
    keys = (await federation.chains.chain_of(one)).subject.keys
    if below is None:
        await federation.anchors.pin(one, keys, by=principal.subject, at=now)
    else:
        renewed = replace(below, keys=keys, enrolled_at=now)
        await federation.subordinates.enrol(renewed, by=principal.subject)
    return keys


async def roll_keys(
    federation: Federation, principal: Principal, *, compromised: bool, unheard: bool
) -> Mapping[str, KeyUse]:
    """Begin to sign statements with the next key.

    Args:
        federation: the ports.
        principal: who asks.
        compromised: the present key must not be believed any more.
        unheard: do so although the superior does not name the next key.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        InvalidRequest: the superior would not know the key that signs from then on.
        FederationError: the superior cannot be asked.
    """
    require_administrator(principal)
    member = await require_member(federation)
    if member.role is not Role.ANCHOR and not unheard:
        federation.chains.forget(federation.entity)
        attested = (await federation.chains.chain_of(federation.entity)).keys.keys
        uses = await federation.keys.uses()
        coming = [kid for kid, use in uses.items() if use is KeyUse.NEXT and kid not in attested]
        if coming:
            raise InvalidRequest(
                f"The superior of {federation.entity} does not know the next key {coming[0]} yet; "
                f"right is `renkei federation renew {federation.entity}` there, first"
            )
    return await federation.keys.rotate(compromised=compromised)


async def unpin(federation: Federation, principal: Principal, entity: str) -> None:
    """Trust an anchor no more.

    Raises:
        Forbidden: the caller does not administer the whole platform.
        NotFound: it is not pinned.
    """
    require_administrator(principal)
    if not await federation.anchors.unpin(entity):
        raise NotFound(f"{entity} is no trust anchor here")


async def subordinates(federation: Federation, principal: Principal) -> Sequence[Subordinate]:
    """List the subordinates, with the terms that they are on.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    require_administrator(principal)
    return await federation.subordinates.every()


async def anchors(federation: Federation, principal: Principal) -> Anchors:
    """List the pinned anchors with their keys.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    require_administrator(principal)
    return await federation.anchors.read()


def require_administrator(principal: Principal) -> None:
    """See that a caller administers the whole platform.

    Raises:
        Forbidden: she does not.
    """
    if principal.tenants is not None or Action.ADMINISTER not in principal.actions:
        raise Forbidden(
            f"{principal.subject} may not administer the federation",
            detail_ja=f"{principal.subject} には認証連携を管理する権限がありません。",
        )


def _with_own_maps(federation: Federation, given: JsonObject) -> JsonObject:
    """Let a trust anchor attest assurance maps itself, where it names nobody else."""
    if given.get("role") != Role.ANCHOR.value or given.get("mark_issuers"):
        return given
    return {**given, "mark_issuers": {federation.map_type: [federation.entity]}}


def _require_own_identifier(federation: Federation) -> None:
    try:
        entity_id(federation.entity)
    except InvalidRequest:
        raise InvalidRequest(
            f"{federation.entity} is the address of this platform's OpenID Provider, and in a "
            "federation it has to be https: set RENKEI_IDP_FEDERATION__ISSUER to the address of "
            "the proxy that serves TLS, or RENKEI_TLS__CERTIFICATE and RENKEI_TLS__KEY"
        ) from None


def _believed(federation: Federation, token: str) -> EntityConfiguration:
    """Read an Entity Configuration that somebody handed over: current, signed by its own key."""
    read = read_configuration(token.strip())
    claims = statement_claims(read.jwt)
    claims.require_current(read.issued_at, read.expires_at, federation.clock())
    check_signature(read.jwt, read.keys, bears_signature, what=claims.what)
    return read
