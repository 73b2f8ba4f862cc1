"""Parameters of a URL: known ones only, each once, each of its form (§6.3.20)."""

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from broker.ngsi.errors import BadRequestData, InvalidRequest

_EMPTY: Mapping[str, str] = {}


def parameters(query_string: bytes, allowed: Collection[str]) -> Mapping[str, str]:
    """Read the parameters of a query string.

    Raises:
        InvalidRequest: one is unknown to the operation, given twice, or not UTF-8.
    """
    if not query_string:
        return _EMPTY
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidRequest("The query string is not percent-encoded UTF-8") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            known = ", ".join(sorted(allowed)) or "none"
            raise InvalidRequest(
                f"Parameter {name!r} is unknown to this operation; known are: {known}", where=name
            )
        if name in found:
            raise InvalidRequest(f"Parameter {name!r} is given twice", where=name)
        found[name] = value
    return found


def boolean(params: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    """Read `true` or `false`.

    Raises:
        BadRequestData: it is another word.
    """
    value = params.get(name)
    if value is None:
        return default
    if value in ("true", "false"):
        return value == "true"
    raise BadRequestData(f"Parameter {name} is {value!r}; right would be true or false", where=name)


def whole_number(params: Mapping[str, str], name: str, *, default: int) -> int:
    """Read a whole number of zero or more.

    Raises:
        BadRequestData: it is none.
    """
    value = params.get(name)
    if value is None:
        return default
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    raise BadRequestData(
        f"Parameter {name} is {value!r}; right would be a whole number of 0 or more", where=name
    )


def words(params: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Read a comma-separated list without blanks.

    Raises:
        BadRequestData: a part is empty.
    """
    value = params.get(name)
    if value is None:
        return ()
    parts = tuple(part.strip() for part in value.split(","))
    if not all(parts):
        raise BadRequestData(f"Parameter {name} holds an empty part", where=name)
    return parts


def options(params: Mapping[str, str], allowed: Collection[str]) -> frozenset[str]:
    """Read the keywords of `options` (§6.3.20).

    Raises:
        InvalidRequest: a keyword is unknown to the operation.
    """
    value = params.get("options")
    if value is None:
        return frozenset()
    keywords = frozenset(part.strip() for part in value.split(","))
    unknown = sorted(keywords - frozenset(allowed))
    if unknown:
        raise InvalidRequest(
            f"Option {unknown[0]!r} is unknown to this operation; known are: "
            + (", ".join(sorted(allowed)) or "none"),
            where="options",
        )
    return keywords
