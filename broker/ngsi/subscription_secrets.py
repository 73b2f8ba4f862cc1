"""What of an endpoint is secret, and is never shown again: asterisks stand for it.

Shown as asterisks are the values of receiverInfo and notifierInfo whose key speaks of a secret
(Authorization, Cookie, …token…, …key…, …secret…, …password…) and the password in a URI. A
subscriber who sends the asterisks back, in the document that was shown, keeps the secret.
"""

import re
from collections.abc import Mapping
from typing import cast

from broker.ngsi.errors import BadRequestData
from kit.json import JsonObject, JsonValue

HIDDEN = "******"
_SECRET = re.compile(
    "authori[sz]ation|cookie|token|key|secret|passw|passphrase|credential|signature", re.IGNORECASE
)
_PASSWORD = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*://[^/@:]*):([^/]*)@(?=[^/@]*(?:/|$))")
_PAIRS = ("receiverInfo", "notifierInfo")


def is_secret(key: str) -> bool:
    """Tell whether a key of receiverInfo or notifierInfo speaks of a secret.

    >>> is_secret("X-Api-Key"), is_secret("MQTT-QoS")
    (True, False)
    """
    return _SECRET.search(key) is not None


def hidden(endpoint: JsonObject) -> JsonObject:
    """Write an endpoint without its secrets."""
    shown = {
        member: _hidden_pairs(value) if member in _PAIRS else value
        for member, value in endpoint.items()
    }
    if isinstance(uri := endpoint.get("uri"), str):
        shown["uri"] = _hidden_uri(uri)
    return shown


def restored(given: JsonObject, stored: JsonObject) -> JsonObject:
    """Put stored secrets where a given endpoint has the asterisks that stand for them.

    Raises:
        BadRequestData: they would follow to another host, which whoever gave them did not mean.
    """
    result = dict(given)
    uri, known = str(given.get("uri")), str(stored["uri"])
    if uri == _hidden_uri(known):
        result["uri"] = known
    for member in _PAIRS:
        if isinstance(pairs := given.get(member), list):
            result[member] = _restored_pairs(pairs, stored.get(member))
    if result != given and _host_of(uri) != _host_of(known):
        raise BadRequestData(
            "The endpoint is on another host than before; right would be to give its secrets anew",
            where="/notification/endpoint",
        )
    return result


def _host_of(uri: str) -> str:
    """Answer with the scheme, host and port of a URI."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{rest.partition('/')[0].rpartition('@')[2]}".lower()


def _hidden_uri(uri: str) -> str:
    """Write a URI without its password.

    >>> _hidden_uri("mqtt://user:pass@broker.example/topic")
    'mqtt://user:******@broker.example/topic'
    """
    return _PASSWORD.sub(rf"\1:{HIDDEN}@", uri)


def _hidden_pairs(pairs: JsonValue) -> JsonValue:
    if not isinstance(pairs, list):
        return pairs
    return [
        {**pair, "value": HIDDEN}
        if isinstance(pair, dict) and is_secret(str(pair["key"]))
        else pair
        for pair in pairs
    ]


def _restored_pairs(pairs: list[JsonValue], stored: JsonValue) -> JsonValue:
    known = {
        str(pair["key"]).lower(): pair["value"]
        for pair in cast("list[JsonObject]", stored if isinstance(stored, list) else [])
    }
    return [_restored_pair(pair, known) for pair in pairs]


def _restored_pair(pair: JsonValue, known: Mapping[str, JsonValue]) -> JsonValue:
    if not isinstance(pair, dict) or pair.get("value") != HIDDEN:
        return pair
    key = str(pair.get("key"))
    secret = known.get(key.lower()) if is_secret(key) else None
    return pair if secret is None else {**pair, "value": secret}
