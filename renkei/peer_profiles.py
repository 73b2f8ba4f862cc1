"""The attribute profiles of other platforms, fetched behind the guard (port `PeerProfiles`)."""

from dataclasses import dataclass
from typing import cast

import orjson

from joint_use import InvalidTerm
from kit.http import Outbound, OutboundError
from kit.json import JsonValue

_PATH = "/profile"
_OK = 200


@dataclass(frozen=True, slots=True)
class FetchedProfiles:
    """Reads a peer's profile at its address, or at that of its platform."""

    outbound: Outbound

    async def fetch(self, peer: str) -> JsonValue:
        """Answer with the document that a peer publishes.

        Raises:
            InvalidTerm: it cannot be had.
        """
        base = peer.strip().rstrip("/")
        address = base if base.endswith(_PATH) else base + _PATH
        try:
            fetched = await self.outbound.fetch(address, accept="application/json")
            if fetched.status == _OK:
                return cast(JsonValue, orjson.loads(fetched.body))
            reason = f"it answers {fetched.status}"
        except (OutboundError, orjson.JSONDecodeError) as error:
            reason = str(error)
        raise InvalidTerm(
            f"Address {address} gives no profile: {reason}",
            detail_ja=f"{address} から属性を取得できません。アドレスを確かめてください。",
            where="peer",
        )
