"""Access tokens at a resource: believed once, remembered for seconds, withdrawn at once."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from idp_federation.oidc.access_token import VerifiedToken, read_access_token
from idp_federation.oidc.dpop import PresentedProof, read_proof, require_binding
from idp_federation.oidc.errors import InvalidDpopProof, InvalidToken, TokenEnded
from idp_federation.oidc.withdrawal import Effect
from idp_federation.ports import Provider
from kit.metrics import counter

KEEP_S = 15.0
_OVER_S = float("-inf")
_MOST = 10_000
_CACHE = counter("renkei_token_checks_total", "Access tokens looked at, by how.", "how")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """A token as a request brings it.

    Args:
        scheme: "bearer" or "dpop", in small letters.
        token: the access token.
        proof: the DPoP proof, with the request that it has to be for.
    """

    scheme: str
    token: str
    proof: PresentedProof | None = None


@dataclass(slots=True, eq=False)
class Remembered:
    """A token that was believed.

    Args:
        believed: as it was believed.
        token: as it counts, lowered where something of it was withdrawn.
        until_s: how long it is remembered, in monotonic seconds; never beyond its own end.
        news: what was known of withdrawals when they were last held against it.
    """

    believed: VerifiedToken
    token: VerifiedToken
    until_s: float
    news: int


class TokenVerifier:
    """Believes access tokens of this platform; what was believed is remembered for 15 s.

    Args:
        provider: the ports.
        monotonic: seconds that only grow.
    """

    def __init__(self, provider: Provider, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._provider = provider
        self._monotonic = monotonic
        self._known: OrderedDict[bytes, Remembered] = OrderedDict()

    def known(self, token: str) -> Remembered | None:
        """Answer at once with a token that was believed just now; None: ask `verify`.

        For tokens that are bound to no key; the others need their proof each time.
        """
        found = self._remembered(hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest())
        if found is None or found.token.jkt is not None:
            return None
        _CACHE.of("remembered").add()
        return found

    def counts(self, remembered: Remembered) -> bool:
        """Tell whether what `known` answered may be taken as it is; False: ask `known` again."""
        is_so = (
            remembered.news == self._provider.withdrawals.news
            and self._monotonic() < remembered.until_s
        )
        if is_so:
            _CACHE.of("remembered").add()
        return is_so

    async def verify(self, presented: Presented) -> VerifiedToken:
        """Believe an access token: ours, in time, not withdrawn, shown by whom it is bound to.

        Spec: RFC 9068 §4, RFC 6750 §2.1, RFC 9449 §7
        Raises:
            InvalidToken: it does not count.
            InvalidDpopProof: its proof does not.
            UseDpopNonce: the proof needs a nonce.
            DatabaseUnavailable: whether it was withdrawn cannot be known now.
        """
        name = hashlib.sha256(presented.token.encode("utf-8", "surrogatepass")).digest()
        remembered = self._remembered(name)
        if remembered is None:
            remembered = self._remember(name, await self._believed(presented.token))
            _CACHE.of("believed").add()
        token = remembered.token
        await self._require_holder(presented, token)
        return token

    def forget(self, *_: object) -> None:
        """Believe nothing unseen any more."""
        for remembered in self._known.values():
            remembered.until_s = _OVER_S
        self._known.clear()

    async def _believed(self, presented: str) -> VerifiedToken:
        provider = self._provider
        token = read_access_token(
            presented,
            await provider.keys.published(),
            issuer=provider.profile.issuer,
            anchor=provider.profile.anchor,
            now=provider.clock(),
        )
        await provider.withdrawals.refresh()
        return token

    def _in_force(self, token: VerifiedToken) -> VerifiedToken:
        """Answer with a token as it counts.

        Raises:
            TokenEnded: it was withdrawn.
        """
        effect = self._provider.withdrawals.effect_on(token)
        if effect is Effect.END:
            raise TokenEnded("Access token is revoked")
        return token.lowered() if effect is Effect.LOWER else token

    def _remembered(self, name: bytes) -> Remembered | None:
        found = self._known.get(name)
        if found is None:
            return None
        if self._monotonic() >= found.until_s:
            del self._known[name]
            return None
        news = self._provider.withdrawals.news
        if found.news != news:
            try:
                token = self._in_force(found.believed)
            except TokenEnded:
                del self._known[name]
                return None
            found = Remembered(found.believed, token, found.until_s, news)
            self._known[name] = found
        return found

    def _remember(self, name: bytes, believed: VerifiedToken) -> Remembered:
        news = self._provider.withdrawals.news
        token = self._in_force(believed)
        left_s = (believed.expires_at - self._provider.clock()).total_seconds()
        until_s = self._monotonic() + min(KEEP_S, left_s)
        remembered = Remembered(believed, token, until_s, news)
        self._known[name] = remembered
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return remembered

    async def _require_holder(self, presented: Presented, token: VerifiedToken) -> None:
        """See that a bound token comes with its proof, and an unbound one without."""
        if token.jkt is None:
            if presented.scheme != "bearer":
                raise InvalidToken("Access token is bound to no key; right is the scheme Bearer")
            return
        if presented.scheme != "dpop" or presented.proof is None:
            raise InvalidToken("Access token is bound to a key; right is the scheme DPoP")
        provider = self._provider
        now = provider.clock()
        proof = read_proof(
            presented.proof,
            now=now,
            lifetime=provider.profile.lifetimes.proof,
            nonce_key=provider.secrets.nonce,
            nonce_needed=provider.profile.resource_nonce,
        )
        require_binding(proof, token=presented.token, jkt=token.jkt)
        first = await provider.replays.first_proof(
            proof.jkt, proof.jti, proof.issued_at, proof.expires_at
        )
        if not first:
            raise InvalidDpopProof("DPoP proof was used before; right is a new one")
