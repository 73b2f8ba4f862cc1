"""Tokens of clients that act in their own names, as anybody gets them: at the token endpoint."""

import httpx2

from idp_federation.oidc.profile import PATH
from kit.errors import RenkeiError
from renkei.commands.options import Data, as_text
from renkei.commands.platform import Platform
from renkei.instance import Instance
from renkei.settings import load

_TIMEOUT_S = 10.0


class NoToken(RenkeiError):
    """The platform gives no token; the detail is its own sentence."""


def own_secret(client: str, data: Data) -> str:
    """Answer with the secret of a client that this machine's platform has registered for it.

    Raises:
        NoToken: there is none.
    """
    instance = Instance(load({"data": as_text(data)}).data)
    if not instance.knows_client(client):
        raise NoToken(
            f"The secret of client {client} is not on this machine; right is --secret-file FILE"
        )
    return instance.client_secret(client)


def client_token(platform: Platform, client: str, secret: str, *, tenant: str | None = None) -> str:
    """Ask for an access token in a client's own name.

    Spec: RFC 6749 §4.4
    Raises:
        NoToken: the platform does not answer, or refuses.
    """
    form = {"grant_type": "client_credentials", **({} if tenant is None else {"tenant": tenant})}
    try:
        answer = httpx2.post(
            f"{platform.url}{PATH}/token",
            data=form,
            auth=(client, secret),
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=platform.trusted,
        )
        told = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise NoToken(f"{platform.url} gives no token: {error!r}") from error
    if not answer.is_success:
        raise NoToken(f"{platform.url} gives no token: {told.get('error_description', told)}")
    return str(told["access_token"])
