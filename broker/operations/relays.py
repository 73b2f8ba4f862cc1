"""Relays: subscriptions at an external tenant's source whose notifications go on from here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from uuid import uuid4

import orjson

from broker.ngsi import diversion
from broker.ngsi.errors import ResourceNotFound, Unavailable
from broker.ngsi.notification import NotificationMessage
from broker.ngsi.subscription import Endpoint
from broker.ngsi.subscription_secrets import restored
from broker.operations.call import Call
from broker.ports import Broker
from broker.source_ports import Relay
from joint_use import DEFAULT_TENANT, Tenant
from kit.json import JsonObject, JsonValue

_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class Diverted:
    """A Subscription as the source gets it, and the relay of its notifications."""

    document: JsonObject
    relay: Relay


async def divert(broker: Broker, call: Call, document: JsonObject, relays_url: str) -> Diverted:
    """Prepare a new Subscription for the source; its relay is there before the source knows it.

    Args:
        broker: the ports.
        call: who subscribes.
        document: as received.
        relays_url: under which address notifications reach us.

    Raises:
        BadRequestData: its endpoint breaks a rule, or leads where nobody may go.
    """
    given = diversion.endpoint_in(document) or {}
    await broker.endpoints.check(diversion.read(given).uri)
    named = document if {"id", "@id"} & document.keys() else {"id": _new_id(), **document}
    relay = Relay(
        token=token_urlsafe(_TOKEN_BYTES),
        tenant=call.tenant.name,
        subscription=str(named.get("id", named.get("@id"))),
        endpoint=given,
    )
    await broker.external.relays.put(relay)
    return Diverted(diversion.diverted(named, relays_url + relay.token), relay)


async def settle(broker: Broker, relay: Relay, subscription: str | None) -> None:
    """Keep a relay under the id that the source gave; without one it was refused, and goes."""
    if subscription is None:
        await broker.external.relays.remove(relay.token)
    elif subscription != relay.subscription:
        await broker.external.relays.put(replace(relay, subscription=subscription))


async def divert_again(
    broker: Broker, call: Call, subscription: str, fragment: JsonObject, relays_url: str
) -> Diverted | None:
    """Prepare a fragment that names another endpoint; None: it names none.

    The relay is to be kept by `keep` when the source has taken the fragment.

    Raises:
        BadRequestData: the endpoint breaks a rule, or leads where nobody may go.
    """
    given = diversion.endpoint_in(fragment)
    if given is None:
        return None
    known = (await broker.external.relays.of(call.tenant, [subscription])).get(subscription)
    if known is not None:
        given = restored(given, known.endpoint)
    await broker.endpoints.check(diversion.read(given).uri)
    if known is None:
        known = Relay(
            token=token_urlsafe(_TOKEN_BYTES),
            tenant=call.tenant.name,
            subscription=subscription,
            endpoint=given,
        )
        await broker.external.relays.put(known)
    relay = replace(known, endpoint=given)
    document = diversion.diverted(fragment, relays_url + relay.token)
    return Diverted(document, relay)


async def keep(broker: Broker, relay: Relay) -> None:
    """Let notifications of a relay go to its endpoint from now on."""
    await broker.external.relays.put(relay)


async def forget(broker: Broker, call: Call, subscription: str) -> None:
    """Relay no more for a subscription that the source has no more."""
    for relay in (await broker.external.relays.of(call.tenant, [subscription])).values():
        await broker.external.relays.remove(relay.token)


async def shown(
    broker: Broker, call: Call, documents: Sequence[JsonValue], relays_path: str
) -> list[JsonValue]:
    """Show a source's Subscriptions with their subscribers' own endpoints.

    Args:
        broker: the ports.
        call: who asks.
        documents: as the source shows them.
        relays_path: what the addresses of all relays hold, of other tenants too.
    """
    ids = [str(one["id"]) for one in documents if isinstance(one, dict) and "id" in one]
    relays: Mapping[str, Relay] = await broker.external.relays.of(call.tenant, ids)
    return [
        _shown(one, relays.get(str(one.get("id"))), relays_path) if isinstance(one, dict) else one
        for one in documents
    ]


async def find(broker: Broker, token: str) -> tuple[Relay, Tenant]:
    """Find the relay that a notification is for, and whose it is.

    Raises:
        ResourceNotFound: nothing is relayed from this address.
        NonexistentTenant, AccessDenied: the tenant is not in use.
    """
    relay = await broker.external.relays.of_token(token)
    if relay is None:
        raise ResourceNotFound("Nothing is relayed from this address")
    return relay, await broker.tenants.of(relay.tenant)


async def relay_notification(
    broker: Broker, relay: Relay, headers: Mapping[str, str], body: bytes
) -> str | None:
    """Send a notification of a source on, now; answers with why it did not arrive, or None.

    Spec: CIM 009 §5.8.6, §6.3.8, §7.2

    Args:
        broker: the ports.
        relay: from the address that the source notifies.
        headers: Content-Type and Link, with addresses of ours.
        body: as it came, with addresses of ours.

    Raises:
        BadRequestData: the body is no notification of this subscription.
    """
    told = diversion.require_notification(_json(body), relay.subscription)
    endpoint = diversion.read(relay.endpoint)
    failure = await broker.external.receivers.send(
        endpoint, _message(endpoint, relay.tenant, headers, told, body)
    )
    await broker.external.relays.count(relay.token, is_sent=failure is None)
    return failure


def require_turn(under_way: int, broker: Broker) -> None:
    """Let one more notification pass.

    Raises:
        Unavailable: as many are being passed on as may be.
    """
    if under_way >= broker.external.most_relayed:
        raise Unavailable("As many notifications are being passed on as may be at a time")


def _message(
    endpoint: Endpoint, tenant: str, headers: Mapping[str, str], told: JsonObject, body: bytes
) -> NotificationMessage:
    ours = dict(headers)
    if tenant != DEFAULT_TENANT:
        ours["NGSILD-Tenant"] = tenant
    written = diversion.over_http(endpoint, ours)
    if endpoint.is_mqtt:
        message: JsonObject = {"metadata": dict[str, JsonValue](written), "body": told}
        return NotificationMessage(headers=written, body=orjson.dumps(message))
    return NotificationMessage(headers=written, body=body)


def _shown(document: JsonObject, relay: Relay | None, relays_path: str) -> JsonObject:
    if relay is None:
        return diversion.concealed(document, relays_path)
    return diversion.restored(document, relay.endpoint, relay.counters)


def _json(body: bytes) -> JsonValue:
    try:
        told: JsonValue = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return told


def _new_id() -> str:
    return f"urn:ngsi-ld:Subscription:{uuid4()}"
