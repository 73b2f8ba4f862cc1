"""/info/sourceIdentity (§6.33)."""

from broker.api.exchange import Reply, json_reply
from broker.api.params import parameters
from broker.api.resource import Exchange
from broker.ngsi.durations import format_duration
from broker.ngsi.values import format_instant
from broker.operations.identity import source_identity as identify


async def source_identity(exchange: Exchange) -> Reply:
    """GET /info/sourceIdentity (§6.33.3.1)."""
    parameters(exchange.incoming.query_string, ())
    identity = identify(exchange.broker, exchange.call)
    return json_reply(
        {
            "id": identity.id,
            "type": "ContextSourceIdentity",
            "contextSourceAlias": identity.alias,
            "contextSourceUptime": format_duration(identity.uptime),
            "contextSourceTimeAt": format_instant(identity.at),
        }
    )
