"""Accounts with what providers have verified about their owners."""

from dataclasses import replace

from idp_federation.oidc.session import Account
from idp_federation.ports import Accounts
from idp_federation.relying_party.account_link import told_verifications
from idp_federation.relying_party_ports import AccountLinks, Upstreams
from kit.clock import Clock
from kit.json import JsonObject


class ProvenAccounts:
    """What is known of people, here and at providers that they have linked; satisfies `Accounts`.

    Args:
        accounts: what is known here.
        links: whose account there is whose here.
        upstreams: the providers, whose tables say what they can verify.
        clock: the time.
    """

    def __init__(
        self, accounts: Accounts, links: AccountLinks, upstreams: Upstreams, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._links = links
        self._upstreams = upstreams
        self._clock = clock

    async def find(self, account: str) -> Account | None:
        """Answer with an account; None where there is none or it is closed."""
        found = await self._accounts.find(account)
        if found is None:
            return None
        told: list[JsonObject] = []
        for link in await self._links.of_account(account):
            registered = await self._upstreams.find(link.upstream)
            if registered is not None:
                told += told_verifications(link, registered.upstream, self._clock())
        return replace(found, proven_elsewhere=tuple(told)) if told else found
