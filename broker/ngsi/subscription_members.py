"""Members of a Subscription document by their JSON type, and its endpoint (§5.2.12 to §5.2.15)."""

import re
from collections.abc import Collection
from typing import cast
from urllib.parse import urlsplit

from broker.ngsi.errors import BadRequestData
from broker.ngsi.subscription import Endpoint
from kit.json import JsonObject, JsonValue

MOST_SECONDS = 3_155_760_000  # a century: longer is no interval that anybody waits for
_ACCEPTED = ("application/json", "application/ld+json", "application/geo+json")
_SCHEMES = ("http", "https", "mqtt", "mqtts")
_MQTT_VERSIONS = ("mqtt5.0", "mqtt3.1.1")  # Table 7.2-1
_MQTT_QOS = ("0", "1", "2")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # RFC 9110 §5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\u0080-\u00ff]*")  # RFC 9110 §5.5
# What frames a message or a connection is the sender's to say (RFC 9110 §7.6.1, RFC 9112 §6).
_FRAMING = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade"}) | {
    "keep-alive", "te", "trailer", "proxy-connection", "content-encoding", "expect",
}  # fmt: skip


def text(holder: JsonObject, member: str, where: str = "") -> str | None:
    """Read a text; None where it is not there.

    Raises:
        BadRequestData: it is another JSON value, or empty.
    """
    if member not in holder:
        return None
    value = holder[member]
    if isinstance(value, str) and value and "\x00" not in value:
        return value
    raise BadRequestData(f"Member {member} is not a text", where=f"{where}/{member}")


def texts(holder: JsonObject, member: str, where: str = "") -> tuple[str, ...]:
    """Read an array of texts; one text stands for itself, and without any: ().

    Raises:
        BadRequestData: it is another JSON value, or an empty array.
    """
    if member not in holder:
        return ()
    value = holder[member]
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list) and items and all(isinstance(one, str) and one for one in items):
        return tuple(cast("list[str]", items))
    raise BadRequestData(
        f"Member {member} is not an array of one or more texts", where=f"{where}/{member}"
    )


def boolean(holder: JsonObject, member: str, where: str = "", *, default: bool = False) -> bool:
    """Read true or false.

    Raises:
        BadRequestData: it is another JSON value.
    """
    value = holder.get(member, default)
    if isinstance(value, bool):
        return value
    raise BadRequestData(f"Member {member} is not true or false", where=f"{where}/{member}")


def positive(holder: JsonObject, member: str, most: float, where: str = "") -> float | None:
    """Read a number above 0; None where it is not there.

    Raises:
        BadRequestData: it is another JSON value, 0 or less, or more than `most`.
    """
    if member not in holder:
        return None
    value = holder[member]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most:
        return value
    raise BadRequestData(
        f"Member {member} is not a number above 0 and up to {most:g}", where=f"{where}/{member}"
    )


def word(holder: JsonObject, member: str, known: Collection[str], where: str = "") -> str | None:
    """Read one of a few words; None where it is not there.

    Raises:
        BadRequestData: it is no such word.
    """
    found = text(holder, member, where)
    if found is None or found in known:
        return found
    raise BadRequestData(
        f"Member {member} is {found!r}; right would be {', '.join(known)}",
        where=f"{where}/{member}",
    )


def as_object(value: JsonValue, where: str) -> JsonObject:
    """Answer with a JSON object.

    Raises:
        BadRequestData: it is another JSON value.
    """
    if isinstance(value, dict):
        return value
    raise BadRequestData(f"Member {where.rpartition('/')[2]} is not a JSON object", where=where)


def read_endpoint(holder: JsonObject, where: str) -> Endpoint:
    """Read where notifications go.

    Spec: CIM 009 §5.2.15, §5.2.22, §7.2
    Raises:
        BadRequestData: a member is missing or breaks its rule.
    """
    uri = text(holder, "uri", where)
    if uri is None:
        raise BadRequestData("The endpoint has no uri", where=f"{where}/uri")
    _require_reachable_form(uri, f"{where}/uri")
    endpoint = Endpoint(
        uri=uri,
        accept=word(holder, "accept", _ACCEPTED, where) or _ACCEPTED[0],
        receiver_info=_pairs(holder, "receiverInfo", where),
        notifier_info=_pairs(holder, "notifierInfo", where),
        timeout_ms=positive(holder, "timeout", MOST_SECONDS * 1000, where),
        cooldown_ms=positive(holder, "cooldown", MOST_SECONDS * 1000, where),
    )
    if endpoint.is_mqtt:
        _require_mqtt(endpoint, where)
    else:
        _require_headers(endpoint, f"{where}/receiverInfo")
    return endpoint


def _require_reachable_form(uri: str, where: str) -> None:
    try:
        parts = urlsplit(uri)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise BadRequestData(f"The endpoint {uri!r} is not a URI", where=where) from None
    if parts.scheme not in _SCHEMES or not has_host or any(char.isspace() for char in uri):
        raise BadRequestData(
            f"The endpoint {uri!r} cannot be notified; right would be a URI of"
            f" {', '.join(_SCHEMES)} with a host",
            where=where,
        )
    if parts.scheme.startswith("http") and parts.username is not None:
        raise BadRequestData(
            "The endpoint carries credentials; right would be receiverInfo with Authorization",
            where=where,
        )


def _require_mqtt(endpoint: Endpoint, where: str) -> None:
    """Check what only MQTT asks of an endpoint (§7.2)."""
    topic = endpoint.uri.partition("://")[2].partition("/")[2]
    if not topic or set("+#?") & set(topic):
        raise BadRequestData(
            f"The endpoint names the topic {topic!r}; right would be mqtt://host/topic without"
            " +, # and ?",
            where=f"{where}/uri",
        )
    if endpoint.accept == "application/geo+json":
        raise BadRequestData(
            "MQTT notifications are not sent as GeoJSON; right would be application/json or"
            " application/ld+json",
            where=f"{where}/accept",
        )
    for key, value in endpoint.notifier_info:
        known = {"mqtt-version": _MQTT_VERSIONS, "mqtt-qos": _MQTT_QOS}.get(key.lower(), (value,))
        if value not in known:
            raise BadRequestData(
                f"{key} is {value!r}; right would be {', '.join(known)}",
                where=f"{where}/notifierInfo",
            )


def _require_headers(endpoint: Endpoint, where: str) -> None:
    """Check that receiverInfo can be sent as HTTP headers (§6.3.8)."""
    for key, value in endpoint.receiver_info:
        if not _TOKEN.fullmatch(key) or not _FIELD_VALUE.fullmatch(value):
            raise BadRequestData(
                f"The pair of key {key!r} cannot be sent as an HTTP header", where=where
            )
        if key.lower() in _FRAMING:
            raise BadRequestData(
                f"The header {key} frames the message and is not the subscriber's to set",
                where=where,
            )


def _pairs(holder: JsonObject, member: str, where: str) -> tuple[tuple[str, str], ...]:
    """Read key-value pairs (§5.2.22)."""
    value = holder.get(member, [])
    pairs = value if isinstance(value, list) else [None]
    read: list[tuple[str, str]] = []
    for pair in pairs:
        found = (pair.get("key"), pair.get("value")) if isinstance(pair, dict) else (None, None)
        key, said = found
        if not isinstance(key, str) or not isinstance(said, str) or not key:
            raise BadRequestData(
                f'Member {member} is not an array of pairs; right would be {{"key": "…", '
                '"value": "…"}, both texts',
                where=f"{where}/{member}",
            )
        read.append((key, said))
    return tuple(read)
