"""What a member of a federation publishes, over HTTP.

Spec: OpenID Federation 1.0 §8, §9
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.federation_problems import for_federation
from idp_federation.federation.entity_statement import ENTITY_STATEMENT
from idp_federation.federation.errors import InvalidRequest
from idp_federation.federation.identifiers import WELL_KNOWN
from idp_federation.federation.own_statements import HISTORICAL_KEYS, RESOLVE_RESPONSE
from idp_federation.federation.trust_mark import STATUS_RESPONSE, TRUST_MARK
from idp_federation.federation_ports import Federation
from idp_federation.operations.federation_statements import (
    ListFilter,
    historical_keys,
    list_subordinates,
    own_configuration,
    resolve_subject,
    statement_about,
)
from idp_federation.operations.trust_marks import mark_of, mark_status, marked_subjects

FEDERATION_PATH = "/federation/v1"
FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 50
_MAX_BYTES = 262_144
_FLAGS = {"true": True, "false": False}


class FederationEndpoints:
    """The endpoints that other members of a federation ask.

    Args:
        federation: the ports.
    """

    def __init__(self, federation: Federation) -> None:
        self._federation = federation

    def routes(self) -> list[Route]:
        """Make the routes."""
        places = {
            WELL_KNOWN: self.configuration,
            f"{FEDERATION_PATH}/fetch": self.fetch,
            f"{FEDERATION_PATH}/list": self.subordinates,
            f"{FEDERATION_PATH}/resolve": self.resolve,
            f"{FEDERATION_PATH}/historical-keys": self.former_keys,
            f"{FEDERATION_PATH}/trust-mark": self.mark,
            f"{FEDERATION_PATH}/trust-mark-list": self.marked,
        }
        routes = [
            Route(path, for_federation(handle), methods=["GET"]) for path, handle in places.items()
        ]
        status = f"{FEDERATION_PATH}/trust-mark-status"
        return [*routes, Route(status, for_federation(self.status_of_mark), methods=["POST"])]

    async def configuration(self, request: Request) -> Response:
        """Say who this platform is."""
        del request
        return told(await own_configuration(self._federation), ENTITY_STATEMENT)

    async def fetch(self, request: Request) -> Response:
        """Say what this platform says of a subordinate."""
        asked = Query.of(request)
        return told(await statement_about(self._federation, asked.one("sub")), ENTITY_STATEMENT)

    async def subordinates(self, request: Request) -> Response:
        """List the subordinates."""
        asked = Query.of(request)
        listed = ListFilter(
            entity_types=frozenset(asked.several("entity_type")),
            is_intermediate=asked.flag("intermediate"),
            trust_marked=asked.flag("trust_marked"),
            trust_mark_type=asked.optional("trust_mark_type"),
        )
        return JSONResponse([*await list_subordinates(self._federation, listed)])

    async def resolve(self, request: Request) -> Response:
        """Say what an entity's chain to an anchor comes to."""
        asked = Query.of(request)
        found = await resolve_subject(
            self._federation,
            asked.one("sub"),
            asked.one("trust_anchor"),
            frozenset(asked.several("entity_type")),
        )
        return told(found, RESOLVE_RESPONSE)

    async def former_keys(self, request: Request) -> Response:
        """Say which keys signed before."""
        del request
        return told(await historical_keys(self._federation), HISTORICAL_KEYS)

    async def mark(self, request: Request) -> Response:
        """Hand out somebody's trust mark."""
        asked = Query.of(request)
        kind, subject = asked.one("trust_mark_type"), asked.one("sub")
        return told(await mark_of(self._federation, kind, subject), TRUST_MARK)

    async def marked(self, request: Request) -> Response:
        """List who has trust marks of a type."""
        asked = Query.of(request)
        kind, subject = asked.one("trust_mark_type"), asked.optional("sub")
        return JSONResponse([*await marked_subjects(self._federation, kind, subject)])

    async def status_of_mark(self, request: Request) -> Response:
        """Say whether a trust mark counts now."""
        asked = Query.read(await read_body(request, FORM))
        return told(await mark_status(self._federation, asked.one("trust_mark")), STATUS_RESPONSE)


async def read_body(request: Request, media_type: str) -> str:
    """Read a body of one media type.

    Raises:
        InvalidRequest: it is of another one, too large, or not UTF-8.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != media_type:
        raise InvalidRequest(f"Body is not {media_type}")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BYTES:
            raise InvalidRequest(f"Body has more than {_MAX_BYTES} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("Body is not UTF-8") from None


def told(token: str, typ: str) -> Response:
    """Answer with a JWT, as its kind is called over HTTP."""
    return Response(token, media_type=f"application/{typ}")


class Query:
    """The parameters of a request; some may stand there several times.

    Args:
        values: each with its values, in order.
    """

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    @classmethod
    def of(cls, request: Request) -> "Query":
        """Read the query of a request.

        Raises:
            InvalidRequest: there are too many, or they are not UTF-8.
        """
        return cls.read(request.url.query)

    @classmethod
    def read(cls, text: str) -> "Query":
        """Read form-encoded parameters.

        Raises:
            InvalidRequest: there are too many, or they are not UTF-8.
        """
        try:
            pairs = parse_qsl(text, max_num_fields=_MAX_FIELDS, errors="strict")
        except ValueError:
            raise InvalidRequest("Parameters are too many, or not UTF-8") from None
        values: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if "\0" in value:
                raise InvalidRequest("Parameters have no NUL")
            values[name] = (*values.get(name, ()), value)
        return cls(values)

    def several(self, name: str) -> tuple[str, ...]:
        """Take all values of a parameter."""
        return self._values.get(name, ())

    def optional(self, name: str) -> str | None:
        """Take a parameter that stands there once, if it does.

        Raises:
            InvalidRequest: it stands there twice.
        """
        values = self.several(name)
        if len(values) > 1:
            raise InvalidRequest(f"Parameter {name} stands there twice", where=name)
        return values[0] if values else None

    def one(self, name: str) -> str:
        """Take a parameter.

        Raises:
            InvalidRequest: it is missing, or stands there twice.
        """
        value = self.optional(name)
        if value is None:
            raise InvalidRequest(f"Parameter {name} is missing", where=name)
        return value

    def flag(self, name: str) -> bool | None:
        """Take true or false; None where it is missing.

        Raises:
            InvalidRequest: it is something else.
        """
        value = self.optional(name)
        if value is None:
            return None
        if value not in _FLAGS:
            raise InvalidRequest(f"Parameter {name} is neither true nor false", where=name)
        return _FLAGS[value]
