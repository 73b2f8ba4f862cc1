"""Verified claims as they are asked for and told: what cannot be met is left out, without error.

Spec: OpenID Connect for Identity Assurance 1.0 §5, §6
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from idp_federation.oidc.claims_request import as_list, is_wanted
from kit.json import JsonObject, JsonValue

_MAX_REQUESTS = 20


def verified_claims_for(held: Sequence[JsonObject], asked: JsonValue, now: datetime) -> JsonValue:
    """Choose what is told of what is verified; None where nothing meets what is asked for.

    Args:
        held: an account's `verified_claims`, each with `verification` and `claims`.
        asked: the request's `verified_claims`: one, several, or none.
        now: the present instant, for `max_age`.
    """
    told: list[JsonValue] = []
    for request in as_list(asked)[:_MAX_REQUESTS]:
        if isinstance(request, dict):
            found = (_one(one, request, now) for one in held)
            told.extend(one for one in found if one is not None and one not in told)
    if not told:
        return None
    return told[0] if len(told) == 1 else told


def _one(held: JsonObject, request: JsonObject, now: datetime) -> JsonObject | None:
    """Tell one verification as a request asks for it; None where it does not meet it."""
    wanted, wanted_claims = request.get("verification"), request.get("claims")
    known, claims = held.get("verification"), held.get("claims")
    if not isinstance(wanted, dict) or not isinstance(wanted_claims, dict):
        return None
    if not isinstance(known, dict) or not isinstance(claims, dict):
        return None
    if "trust_framework" not in wanted or not _meets(known, wanted, now):
        return None
    names = {name: how for name, how in wanted_claims.items() if name in claims}
    if any(not is_wanted(claims[name], how) for name, how in names.items()):
        return None
    if not names:  # §5.1: claims has at least one member
        return None
    return {
        "verification": _told(known, wanted),
        "claims": {name: claims[name] for name in names},
    }


def _meets(known: JsonValue, wanted: JsonValue, now: datetime) -> bool:
    """Tell whether what is known meets every constraint of what is wanted (§6.2, §6.4)."""
    if not isinstance(wanted, dict):
        return wanted is None
    if wanted.keys() & {"value", "values", "max_age"}:
        return is_wanted(known, wanted) and _is_recent(known, wanted.get("max_age"), now)
    if not isinstance(known, dict):
        # `{}` and `{"essential": true}` ask for nothing in particular
        return wanted.keys() <= {"essential", "purpose"} and known is not None
    return all(_has(known, name, how, now) for name, how in wanted.items())


def _has(known: JsonObject, name: str, how: JsonValue, now: datetime) -> bool:
    """Tell whether a member is there as it is wanted; without a constraint it may be absent."""
    if isinstance(how, list):
        items = as_list(known.get(name))
        return all(any(_meets(item, one, now) for item in items) for one in how)
    if name not in known:
        return not _constrains(how)
    return how is None or _meets(known[name], how, now)


def _constrains(how: JsonValue) -> bool:
    if isinstance(how, dict):
        named = bool(how.keys() & {"value", "values", "max_age"}) or how.get("essential") is True
        return named or any(_constrains(one) for one in how.values())
    return isinstance(how, list) and bool(how)


def _is_recent(known: JsonValue, max_age: JsonValue, now: datetime) -> bool:
    """Tell whether a time is recent enough (§6.4.2); what is no time is not."""
    if max_age is None:
        return True
    if isinstance(max_age, bool) or not isinstance(max_age, int | float):
        return False
    if not isinstance(known, str):
        return False
    try:
        at = datetime.fromisoformat(known)
        limit = timedelta(seconds=max_age)
    except (ValueError, OverflowError):
        return False
    return at.tzinfo is not None and at <= now and now - at <= limit


def _told(known: JsonObject, wanted: JsonObject) -> JsonObject:
    """Tell of a verification what is asked for; its trust_framework always (§6.3)."""
    names = {"trust_framework", *wanted}
    return {name: _part(known[name], wanted.get(name)) for name in known if name in names}


def _part(known: JsonValue, wanted: JsonValue) -> JsonValue:
    """Tell of a member what is asked for; of evidence, those pieces that are asked for."""
    if isinstance(wanted, list) and isinstance(known, list):
        kinds = [one for one in wanted if isinstance(one, dict)]
        return [
            _part(item, kind)
            for item in known
            if (kind := next((one for one in kinds if _is_kind(item, one)), None)) is not None
        ]
    if isinstance(wanted, dict) and isinstance(known, dict):
        asked = {name for name in wanted if name not in {"value", "values", "essential", "max_age"}}
        if asked:
            kept = asked | {"type"}
            return {name: _part(known[name], wanted.get(name)) for name in known if name in kept}
    return known


def _is_kind(item: JsonValue, wanted: JsonObject) -> bool:
    """Tell whether a piece of evidence is of the type that is asked for."""
    if not isinstance(item, dict):
        return False
    return is_wanted(item.get("type"), wanted.get("type"))
