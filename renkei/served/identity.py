"""Identity federation, served."""

from fastapi import FastAPI
from pydantic import SecretStr

from idp_federation import (
    UpstreamEndpoints,
    federation_router,
    federation_routes,
    identity_router,
    identity_routes,
    mark_router,
    peer_router,
    provider_router,
)
from kit.pages.rendering import Site
from renkei.people import serve_people
from renkei.platform import Platform


def serve(app: FastAPI, platform: Platform, site: Site, token: SecretStr) -> None:
    """Serve sign-in, tokens, federation and accounts."""
    identity = platform.identity
    app.router.routes.extend(identity_routes(identity.provider, identity.verifier))
    app.include_router(identity_router(identity.provider, token))
    app.router.routes.extend(UpstreamEndpoints(identity.relying_party).routes())
    app.include_router(provider_router(identity.relying_party, token))
    parts = identity.federation
    app.router.routes.extend(federation_routes(parts.linkage, parts.grounds, parts.clients))
    app.include_router(federation_router(parts.linkage.federation, token))
    app.include_router(mark_router(parts.linkage.federation, token))
    app.include_router(peer_router(parts.linkage, identity.relying_party, token))
    serve_people(app, platform, site, token)
