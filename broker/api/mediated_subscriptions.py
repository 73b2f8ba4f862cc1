"""Subscriptions of external tenants: kept at the source, notified over a relay of ours."""

from typing import cast
from urllib.parse import unquote

import orjson

from broker.api.body import as_object, parse_json, read_body
from broker.api.exchange import Reply
from broker.api.mediated import Mediation, mediate, outgoing, passed
from broker.api.origin import base_url_of
from broker.api.source_problems import failure_reply
from broker.ngsi import diversion
from broker.operations import relays
from broker.operations.within_visibility import require_whole
from broker.source_ports import SourceFailure
from joint_use import Action
from kit.json import JsonObject, JsonValue

RELAY_PATH = "/broker/v1/relay/"
_ID = "subscription_id"


async def mediate_subscriptions(mediation: Mediation) -> Reply:
    """Ask the tenant's source about subscriptions.

    Raises:
        AccessDenied: the caller may not subscribe in this tenant.
        InvalidRequest, BadRequestData: the document cannot be read, or its endpoint is wrong.
    """
    await require_whole(mediation.broker, mediation.call, Action.SUBSCRIBE)
    match mediation.incoming.method:
        case "POST":
            return await _create(mediation)
        case "PATCH":
            return await _update(mediation)
        case "DELETE":
            return await _delete(mediation)
        case _:
            return await _show(mediation)


async def _create(mediation: Mediation) -> Reply:
    document = as_object(parse_json(await read_body(mediation.incoming)), "The Subscription")
    if diversion.endpoint_in(document) is None:
        return await _asked(mediation, document)  # the source says what else is wrong with it
    diverted = await relays.divert(mediation.broker, mediation.call, document, _relays(mediation))
    reply = await _asked(mediation, diverted.document)
    if reply.status == 201:
        await relays.settle(mediation.broker, diverted.relay, _id_in(reply, diverted.document))
    elif reply.status < 500 or reply.status == 503:  # it was not asked, or did nothing
        await relays.settle(mediation.broker, diverted.relay, None)
    return reply


async def _update(mediation: Mediation) -> Reply:
    fragment = as_object(parse_json(await read_body(mediation.incoming)), "The fragment")
    diverted = await relays.divert_again(
        mediation.broker,
        mediation.call,
        mediation.incoming.segment(_ID),
        fragment,
        _relays(mediation),
    )
    reply = await _asked(mediation, fragment if diverted is None else diverted.document)
    if diverted is not None and reply.status < 300:
        await relays.keep(mediation.broker, diverted.relay)
    return reply


async def _delete(mediation: Mediation) -> Reply:
    reply = await mediate(mediation)
    if reply.status in (204, 404):
        await relays.forget(mediation.broker, mediation.call, mediation.incoming.segment(_ID))
    return reply


async def _show(mediation: Mediation) -> Reply:
    reply = await mediate(mediation)
    if reply.status != 200 or reply.body is None:
        return reply
    found: JsonValue = orjson.loads(reply.body)
    documents = found if isinstance(found, list) else [found]
    shown = await relays.shown(mediation.broker, mediation.call, documents, RELAY_PATH)
    body = orjson.dumps(shown if isinstance(found, list) else shown[0])
    return Reply(
        status=200,
        body=body,
        media_type=reply.media_type,
        headers=reply.headers,
        is_mediated=True,
    )


async def _asked(mediation: Mediation, document: JsonObject) -> Reply:
    try:
        translation = await mediation.translation()
        body = translation.body_to_theirs(orjson.dumps(document))
        request = await outgoing(mediation, body)
        if request is None:
            return await mediate(mediation)
        return await passed(mediation, request)
    except SourceFailure as failure:
        return failure_reply(failure)


def _relays(mediation: Mediation) -> str:
    """The address that sources send notifications to, before the token."""
    known = mediation.broker.external.relay_url
    base = base_url_of(mediation.settings, mediation.incoming) if known is None else known
    return base.rstrip("/") + RELAY_PATH


def _id_in(reply: Reply, document: JsonObject) -> str:
    """Answer with the id that a source gave a new Subscription."""
    for name, value in reply.headers:
        if name == b"location":
            return unquote(value.decode("latin-1").rstrip("/").rpartition("/")[2])
    return cast(str, document.get("id", document.get("@id")))
