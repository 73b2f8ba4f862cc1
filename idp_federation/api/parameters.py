"""Parameters of a request: of the query or of a form, each once, with bounds.

Spec: RFC 6749 §3.1, §3.2; RFC 8707 §2
"""

from urllib.parse import parse_qsl

from starlette.requests import Request

from idp_federation.oidc.authorization import Parameters
from idp_federation.oidc.errors import InvalidRequest

_FORM = "application/x-www-form-urlencoded"
_MAX_BYTES = 65_536
_MAX_FIELDS = 100
_SEVERAL = frozenset({"resource", "audience"})


def read_query(request: Request) -> Parameters:
    """Read the parameters of the query.

    Raises:
        InvalidRequest: one stands there twice, or there are too many.
    """
    return _read(request.url.query)


async def read_form(request: Request) -> Parameters:
    """Read the parameters of the body, which is a form.

    Raises:
        InvalidRequest: it is no form, too large, or a parameter stands there twice.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise InvalidRequest(f"Body is not {_FORM}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise InvalidRequest(f"Body has more than {_MAX_BYTES} bytes")
    try:
        return _read(body.decode())
    except UnicodeDecodeError:
        raise InvalidRequest("Body is not UTF-8") from None


def _read(text: str) -> Parameters:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise InvalidRequest("Parameters are too many, or not UTF-8") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if not value:  # as if it were not there (RFC 6749 §3.1)
            continue
        if name in found and name not in _SEVERAL:
            raise InvalidRequest(f"Parameter {name} stands there twice"[:200])
        if "\0" in value or "\0" in name:
            raise InvalidRequest("Parameters have no NUL")
        found[name] = f"{found[name]} {value}" if name in found else value
    return found
