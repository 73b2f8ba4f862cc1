"""The signing keys, as operators see and change them."""

from collections.abc import Mapping

from idp_federation.oidc.key_rotation import KeyUse
from idp_federation.ports import Provider
from joint_use import Action, Forbidden, Principal


async def show_keys(provider: Provider, principal: Principal) -> Mapping[str, KeyUse]:
    """Say of each key what it is used for.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    _require(principal)
    return await provider.keys.uses()


async def rotate_keys(
    provider: Provider, principal: Principal, *, compromised: bool
) -> Mapping[str, KeyUse]:
    """Begin to sign with the next key.

    Raises:
        Forbidden: the caller does not administer the whole platform.
    """
    _require(principal)
    return await provider.keys.rotate(compromised=compromised)


def _require(principal: Principal) -> None:
    if principal.tenants is not None or Action.ADMINISTER not in principal.actions:
        raise Forbidden(
            f"{principal.subject} may not administer the signing keys",
            detail_ja=f"{principal.subject} には署名鍵を管理する権限がありません。",
        )
