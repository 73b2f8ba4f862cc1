"""The clients that operators register: add, show, list, change, disable, give another secret."""

from collections.abc import Sequence
from dataclasses import replace

from idp_federation.oidc.client import Client, ClientAuthentication, IssuedSecret, checked
from idp_federation.oidc.errors import InvalidClientMetadata, Unknown
from idp_federation.oidc.opaque import digest
from idp_federation.operations.sessions import withdrawal
from idp_federation.ports import Provider
from joint_use import Action, Deny, Forbidden, Principal, decide

MAX_PAGE = 500


async def add_client(provider: Provider, principal: Principal, client: Client) -> IssuedSecret:
    """Register a client; its secret, where it has one, is answered with once and never again.

    Raises:
        Forbidden: the caller may not administer all of its tenants.
        InvalidClientMetadata: it cannot be registered so, or its id is taken.
    """
    named = checked(client if client.id else replace(client, id=provider.random()[:22]))
    _require(principal, named)
    secret = _new_secret(provider, named)
    kept = None if secret is None else digest(secret)
    if not await provider.registry.add(named, kept, by=principal.subject, at=provider.clock()):
        raise InvalidClientMetadata(f"Client {named.id} exists already", where="client_id")
    return IssuedSecret(client=named, secret=secret)


async def show_client(provider: Provider, principal: Principal, client_id: str) -> Client:
    """Show a client.

    Raises:
        Forbidden: the caller may not administer all of its tenants.
        Unknown: there is none.
    """
    client = await provider.registry.find(client_id)
    if client is None:
        raise Unknown(f"Client {client_id} does not exist")
    _require(principal, client)
    return client


async def list_clients(
    provider: Provider, principal: Principal, *, after: str = "", limit: int = MAX_PAGE
) -> Sequence[Client]:
    """List clients in order of their ids, those that the caller may administer."""
    page = await provider.registry.page(after=after, limit=min(limit, MAX_PAGE))
    return [client for client in page if _may(principal, client)]


async def change_client(provider: Provider, principal: Principal, client: Client) -> Client:
    """Register a client anew under its id; its tokens end.

    Raises:
        Forbidden: the caller may not administer all of its tenants, before or after.
        InvalidClientMetadata: it cannot be registered so.
        Unknown: there is none.
    """
    await show_client(provider, principal, client.id)
    _require(principal, checked(client))
    now = provider.clock()
    changed = await provider.registry.change(client, by=principal.subject, at=now)
    if changed is None:
        raise Unknown(f"Client {client.id} does not exist")
    await provider.withdrawals.note([withdrawal(provider, f"client:{client.id}", now)])
    return changed


async def disable_client(
    provider: Provider, principal: Principal, client_id: str, *, disabled: bool
) -> Client:
    """Let a client do nothing any more, or again.

    Raises:
        Forbidden, Unknown: as they say.
    """
    client = await show_client(provider, principal, client_id)
    return await change_client(provider, principal, replace(client, disabled=disabled))


async def rotate_secret(provider: Provider, principal: Principal, client_id: str) -> IssuedSecret:
    """Give a client another secret; the one before is worth nothing at once.

    Raises:
        Forbidden, Unknown: as they say.
        InvalidClientMetadata: it has no secret.
    """
    client = await show_client(provider, principal, client_id)
    secret = _new_secret(provider, client)
    if secret is None:
        raise InvalidClientMetadata(f"Client {client_id} has no secret: its keys are its own")
    now = provider.clock()
    await provider.registry.set_secret(client_id, digest(secret), by=principal.subject, at=now)
    return IssuedSecret(client=client, secret=secret)


def _new_secret(provider: Provider, client: Client) -> str | None:
    if client.authentication is ClientAuthentication.CLIENT_SECRET_BASIC:
        return provider.random()
    return None


def _may(principal: Principal, client: Client) -> bool:
    return not any(
        isinstance(decide(principal, Action.ADMINISTER, tenant), Deny) for tenant in client.tenants
    )


def _require(principal: Principal, client: Client) -> None:
    if not _may(principal, client):
        raise Forbidden(
            f"{principal.subject} may not administer client {client.id}",
            detail_ja=f"{principal.subject} にはこのクライアントを管理する権限がありません。",
        )
