"""What the OpenID Provider tells about itself, over HTTP.

Spec: OpenID Connect Discovery 1.0 §4, RFC 8414 §3
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp_federation.api.problems import for_clients
from idp_federation.oidc.discovery import metadata_of
from idp_federation.oidc.profile import DISCOVERY, METADATA, PATH
from idp_federation.ports import Provider

_PUBLIC = {"access-control-allow-origin": "*"}
_KEPT_S = 300


def discovery_routes(provider: Provider) -> list[Route]:
    """Make the routes of metadata and keys."""
    metadata = metadata_of(provider.profile)
    headers = {**_PUBLIC, "cache-control": f"public, max-age={_KEPT_S}"}

    async def tell(request: Request) -> Response:
        del request
        return JSONResponse(metadata, headers=headers)

    async def keys(request: Request) -> Response:
        del request
        published = await provider.keys.published()
        return JSONResponse(
            published.as_json(), headers=headers, media_type="application/jwk-set+json"
        )

    return [
        Route(DISCOVERY, for_clients(tell), methods=["GET"]),
        Route(METADATA, for_clients(tell), methods=["GET"]),
        Route(f"{PATH}/jwks", for_clients(keys), methods=["GET"]),
    ]
