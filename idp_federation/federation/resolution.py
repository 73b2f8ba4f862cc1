"""Finding a trust chain: which statements to fetch, until a path leads to a pinned anchor.

A resolution fetches nothing. It is a generator: it yields what to fetch, is sent what came (None
where nothing did) and returns the chain. So its limits can be tried without a network.

Spec: OpenID Federation 1.0 §10.1
"""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from idp_federation.federation.claims import Claims
from idp_federation.federation.entity_statement import (
    EntityConfiguration,
    SubordinateStatement,
    read_configuration,
    read_subordinate,
    statement_claims,
)
from idp_federation.federation.errors import FederationError, InvalidTrustChain
from idp_federation.federation.identifiers import EntityId, configuration_url, statement_url
from idp_federation.federation.jwt import Verify, check_signature
from idp_federation.federation.metadata import FEDERATION_ENTITY
from idp_federation.federation.trust_chain import Anchors, TrustChain, check_anchor, validate_chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one resolution may cost.

    Args:
        hints: authority hints looked at of one entity, pinned anchors first.
        intermediates: entities between the subject and the anchor.
        fetches: statements asked for in all.
        steps: hints followed in all, also those whose statements are at hand already.
        statement_bytes: bytes of one statement.
        total_bytes: bytes of all of them.
    """

    hints: int = 8
    intermediates: int = 4
    fetches: int = 32
    steps: int = 64
    statement_bytes: int = 131_072
    total_bytes: int = 1_048_576


@dataclass(frozen=True, slots=True)
class Fetch:
    """One GET to make, and how many bytes of its answer to read at most."""

    url: str
    max_bytes: int


Resolution: TypeAlias = Generator[Fetch, bytes | None, TrustChain]
_Reading: TypeAlias = Generator[Fetch, bytes | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """How far one way up has come: configurations from the subject, statements between them."""

    configurations: tuple[EntityConfiguration, ...]
    statements: tuple[SubordinateStatement, ...] = ()

    @property
    def top(self) -> EntityConfiguration:
        return self.configurations[-1]

    def step(self, above: EntityConfiguration, statement: SubordinateStatement) -> "_Path":
        return _Path(
            configurations=(*self.configurations, above),
            statements=(*self.statements, statement),
        )

    def goes_through(self, entity: EntityId) -> bool:
        return any(one.entity == entity for one in self.configurations)

    def tokens(self) -> list[str]:
        between = [statement.jwt.token for statement in self.statements]
        return [self.configurations[0].jwt.token, *between, self.top.jwt.token]


@dataclass(slots=True)
class _Search:
    anchors: Anchors
    now: datetime
    verify: Verify
    limits: Limits
    fetched: dict[str, str | None] = field(default_factory=dict)
    total_bytes: int = 0
    steps: int = 0
    problems: list[str] = field(default_factory=list)

    def read(self, url: str) -> _Reading:
        """Fetch a statement, each only once in a resolution, within the limits."""
        if url not in self.fetched:
            self._require_budget()
            self.fetched[url] = None
            left = self.limits.total_bytes - self.total_bytes
            body = yield Fetch(url, min(self.limits.statement_bytes, left))
            self.fetched[url] = self._take(url, body)
        token = self.fetched[url]
        if token is None:
            raise InvalidTrustChain(f"Statement cannot be had from {url}")
        return token

    def _require_budget(self) -> None:
        if len(self.fetched) >= self.limits.fetches or self.total_bytes >= self.limits.total_bytes:
            raise _BudgetSpent("Resolution has fetched as much as it may")

    def count_step(self) -> None:
        self.steps += 1
        if self.steps > self.limits.steps:
            raise _BudgetSpent("Resolution has followed as many hints as it may")

    def _take(self, url: str, body: bytes | None) -> str | None:
        if body is None:
            return None
        self.total_bytes += len(body)
        if len(body) > self.limits.statement_bytes:
            raise InvalidTrustChain(f"Statement from {url} is too long: {len(body)} bytes")
        try:
            return body.decode("ascii").strip()
        except UnicodeDecodeError:
            return None

    def hints(self, path: _Path) -> list[EntityId]:
        """Choose the hints worth following: known anchors first, loops dropped, few."""
        fresh = [one for one in path.top.authority_hints if not path.goes_through(one)]
        ordered = sorted(dict.fromkeys(fresh), key=lambda one: one not in self.anchors)
        deep = len(path.configurations) > self.limits.intermediates
        return [one for one in ordered if one in self.anchors or not deep][: self.limits.hints]


class _BudgetSpent(InvalidTrustChain):
    """Nothing more may be fetched."""


def resolve(
    subject: EntityId,
    *,
    anchors: Anchors,
    now: datetime,
    verify: Verify,
    limits: Limits | None = None,
) -> Resolution:
    """Look for the shortest valid trust chain from an entity to a pinned anchor.

    Args:
        subject: the entity.
        anchors: the anchors, with their pinned keys.
        now: the present instant.
        verify: tells whether a token is signed by a key.
        limits: how much it may cost.

    Raises:
        InvalidTrustChain: there is none within the limits; says what was tried.
    """
    search = _Search(anchors=anchors, now=now, verify=verify, limits=limits or Limits())
    own = yield from _configuration(search, subject)
    if subject in anchors:
        return validate_chain([own.jwt.token], anchors=anchors, now=now, verify=verify)
    waiting = deque([_Path(configurations=(own,))])
    try:
        while waiting:
            path = waiting.popleft()
            for hint in search.hints(path):
                step = yield from _step(search, path, hint)
                if isinstance(step, TrustChain):
                    return step
                if step is not None:
                    waiting.append(step)
    except _BudgetSpent as spent:
        search.problems.append(spent.detail)
    tried = "; ".join(search.problems[:8]) or "it names no authority"
    raise InvalidTrustChain(f"No trust chain leads from {subject} to a trust anchor: {tried}")


def _step(
    search: _Search, path: _Path, hint: EntityId
) -> Generator[Fetch, bytes | None, TrustChain | _Path | None]:
    """Follow one hint: to a chain where it is an anchor, else one step up, else nowhere."""
    try:
        search.count_step()
        above = yield from _configuration(search, hint)
        endpoint = _fetch_endpoint(above)
        token = yield from search.read(statement_url(endpoint, path.top.entity))
        statement = read_subordinate(token)
        if (statement.issuer, statement.subject) != (hint, path.top.entity):
            raise InvalidTrustChain(f"{endpoint} answers with a statement about somebody else")
        longer = path.step(above, statement)
        if hint not in search.anchors:
            claims = statement_claims(statement.jwt)
            claims.require_current(statement.issued_at, statement.expires_at, search.now)
            check_signature(statement.jwt, above.keys, search.verify, what=claims.what)
            return longer
        return validate_chain(
            longer.tokens(), anchors=search.anchors, now=search.now, verify=search.verify
        )
    except _BudgetSpent:
        raise
    except FederationError as problem:
        search.problems.append(problem.detail)
        return None


def _configuration(
    search: _Search, entity: EntityId
) -> Generator[Fetch, bytes | None, EntityConfiguration]:
    """Read what an entity says of itself, signed by itself, and an anchor by its pinned keys."""
    token = yield from search.read(configuration_url(entity))
    configuration = read_configuration(token)
    what = f"Entity Configuration of {entity}"
    if configuration.entity != entity:
        raise InvalidTrustChain(f"{what} is one of {configuration.entity}")
    claims = Claims(configuration.jwt.claims, what, InvalidTrustChain)
    claims.require_current(configuration.issued_at, configuration.expires_at, search.now)
    if entity in search.anchors:
        check_anchor(configuration, search.anchors[entity], search.verify)
    else:
        check_signature(configuration.jwt, configuration.keys, search.verify, what=what)
    return configuration


def _fetch_endpoint(above: EntityConfiguration) -> str:
    claims = Claims(
        above.metadata.get(FEDERATION_ENTITY, {}),
        f"Federation entity {above.entity}",
        InvalidTrustChain,
    )
    endpoint = claims.url("federation_fetch_endpoint")
    if endpoint is None:
        raise InvalidTrustChain(f"{above.entity} names no federation_fetch_endpoint")
    return endpoint
