"""Where onboarding and the OpenID Provider meet: the clients of approved applications."""

from contextlib import suppress

from idp_federation import Client, Provider
from idp_federation.oidc.client import ClientAuthentication, GrantType
from idp_federation.oidc.errors import InvalidClientMetadata
from idp_federation.operations.registry import add_client, rotate_secret
from joint_use import OPERATOR, NewSecret, Tenant


class TenantClients:
    """Registers for each approved application a client of its tenant; satisfies `ClientIssuer`.

    Args:
        provider: the ports of the OpenID Provider.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def register(self, tenant: Tenant, *, reference: str, name: str) -> str:
        """Register a client that may act in a tenant; of one reference there is one client.

        The secret that it is born with is told to nobody: the applicant asks for one.
        """
        client = Client(
            id=f"application-{reference.lower()}",
            name=name,
            tenants=(tenant.name,),
            authentication=ClientAuthentication.CLIENT_SECRET_BASIC,
            grants=frozenset({GrantType.CLIENT_CREDENTIALS}),
            scopes=frozenset({"read", "write", "subscribe"}),
        )
        if await self._provider.registry.find(client.id) is None:
            with suppress(InvalidClientMetadata):  # another attempt was quicker
                await add_client(self._provider, OPERATOR, client)
        return client.id

    async def renew_secret(self, client: str) -> NewSecret:
        """Give a client a new secret; the one before it holds no longer."""
        issued = await rotate_secret(self._provider, OPERATOR, client)
        return NewSecret(
            client=client,
            secret=issued.secret or "",
            token_url=self._provider.profile.url("token"),
        )
