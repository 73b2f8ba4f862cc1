"""Finding chains: what is fetched, what is not, and how little an attacker can make of it."""

from collections.abc import Mapping

import pytest

from idp_federation.federation.errors import FederationError, InvalidJwt, InvalidTrustChain
from idp_federation.federation.identifiers import configuration_url, statement_url
from idp_federation.federation.resolution import Limits, resolve
from idp_federation.federation.trust_chain import Anchors, TrustChain
from kit.json import JsonObject, JsonValue
from tests.unit.idp_federation.signed import ANCHOR, CITY, NOW, PREF, Entity, seconds, sign, verify

ANCHORS: Anchors = {ANCHOR.id: ANCHOR.keys}
Web = Mapping[str, bytes]


def walk(
    web: Web, subject: Entity = CITY, limits: Limits | None = None
) -> tuple[TrustChain | None, list[str], str]:
    """Resolve against a web that is a table; answers with the chain, what was fetched, and why."""
    fetched: list[str] = []
    stepper = resolve(subject.id, anchors=ANCHORS, now=NOW, verify=verify, limits=limits)
    body: bytes | None = None
    try:
        fetch = next(stepper)
        while True:
            fetched.append(fetch.url)
            body = web.get(fetch.url)
            fetch = stepper.send(body)
    except StopIteration as found:
        return found.value, fetched, ""
    except FederationError as refused:
        return None, fetched, refused.detail


def federation(*hints: Entity) -> dict[str, bytes]:
    """City ← prefecture ← anchor, the city naming other authorities besides."""
    return {
        **CITY.serves(CITY.configuration(*(hints or (PREF,)))),
        **PREF.serves(PREF.configuration(ANCHOR), city=PREF.about(CITY)),
        **ANCHOR.serves(ANCHOR.configuration(), pref=ANCHOR.about(PREF)),
    }


def test_a_chain_is_found_over_an_intermediate() -> None:
    chain, fetched, _ = walk(federation())
    assert chain is not None
    assert (chain.entity, chain.anchor, len(chain.statements)) == (CITY.id, ANCHOR.id, 2)
    assert chain.anchor_configuration is not None
    assert fetched == [
        configuration_url(CITY.id),
        configuration_url(PREF.id),
        statement_url(PREF.endpoint, CITY.id),
        configuration_url(ANCHOR.id),
        statement_url(ANCHOR.endpoint, PREF.id),
    ]


def test_an_anchor_resolves_to_itself() -> None:
    chain, fetched, _ = walk(federation(), ANCHOR)
    assert chain is not None
    assert (chain.statements, len(fetched)) == ((), 1)


def test_the_shortest_chain_is_preferred() -> None:
    web = federation(PREF, ANCHOR)
    web.update(ANCHOR.serves(ANCHOR.configuration(), pref=ANCHOR.about(PREF)))
    web[statement_url(ANCHOR.endpoint, CITY.id)] = ANCHOR.about(CITY).encode()
    chain, fetched, _ = walk(web)
    assert chain is not None
    assert len(chain.statements) == 1
    assert configuration_url(PREF.id) not in fetched


def test_another_way_is_taken_where_the_first_does_not_lead_on() -> None:
    dead = Entity("dead")
    chain, fetched, _ = walk(federation(dead, PREF))
    assert chain is not None
    assert configuration_url(dead.id) in fetched


def test_another_way_is_taken_where_the_first_breaks_a_constraint() -> None:
    web = federation(ANCHOR, PREF)
    strict = ANCHOR.about(CITY, constraints={"naming_constraints": {"excluded": ["city.example"]}})
    web[statement_url(ANCHOR.endpoint, CITY.id)] = strict.encode()
    chain, _, _ = walk(web)
    assert chain is not None
    assert [statement.issuer for statement in chain.statements] == [PREF.id, ANCHOR.id]


def test_hints_in_a_circle_end() -> None:
    a, b = Entity("a"), Entity("b")
    web = {
        **CITY.serves(CITY.configuration(a)),
        **a.serves(a.configuration(b, CITY), city=a.about(CITY), b=a.about(b)),
        **b.serves(b.configuration(a, CITY), a=b.about(a), city=b.about(CITY)),
    }
    chain, fetched, why = walk(web)
    assert chain is None
    assert "No trust chain leads from" in why
    assert len(fetched) == len(set(fetched)) == 5


def test_nothing_is_fetched_twice_even_when_it_could_not_be_had() -> None:
    a, b, dead = Entity("a"), Entity("b"), Entity("dead")
    web = {
        **CITY.serves(CITY.configuration(a, b)),
        **a.serves(a.configuration(dead), city=a.about(CITY)),
        **b.serves(b.configuration(dead), city=b.about(CITY)),
    }
    _, fetched, _ = walk(web)
    assert fetched.count(configuration_url(dead.id)) == 1
    assert len(fetched) == len(set(fetched))


def test_five_hundred_hints_cost_no_more_than_a_few_fetches() -> None:
    many = [Entity(f"fake{number}") for number in range(500)]
    _, fetched, why = walk(federation(*many), limits=Limits(hints=8))
    assert len(fetched) == 1 + 8
    assert "No trust chain" in why


def test_a_known_anchor_is_looked_at_first_among_many_hints() -> None:
    many = [Entity(f"fake{number}") for number in range(500)]
    web = federation(*many, ANCHOR)
    web[statement_url(ANCHOR.endpoint, CITY.id)] = ANCHOR.about(CITY).encode()
    chain, fetched, _ = walk(web)
    assert chain is not None
    assert len(fetched) == 3


@pytest.mark.parametrize("intermediates", [0, 1, 2])
def test_chains_are_no_longer_than_allowed(intermediates: int) -> None:
    a = Entity("a")
    web = {
        **CITY.serves(CITY.configuration(a)),
        **a.serves(a.configuration(PREF), city=a.about(CITY)),
        **PREF.serves(PREF.configuration(ANCHOR), a=PREF.about(a)),
        **ANCHOR.serves(ANCHOR.configuration(), pref=ANCHOR.about(PREF)),
    }
    chain, _, _ = walk(web, limits=Limits(intermediates=intermediates))
    assert (chain is not None) is (intermediates == 2)


def test_a_web_of_intermediates_cannot_make_it_fetch_for_ever() -> None:
    many = [Entity(f"i{number}") for number in range(12)]
    web = CITY.serves(CITY.configuration(*many))
    for one in many:
        others = [other for other in many if other != one]
        about = {other.name: one.about(other) for other in others}
        web |= one.serves(one.configuration(*others), city=one.about(CITY), **about)
    _, fetched, why = walk(web, limits=Limits(fetches=20))
    assert len(fetched) == 20
    assert "as much as it may" in why
    _, fetched, why = walk(web, limits=Limits(fetches=10_000, steps=40, total_bytes=10**8))
    assert "as many hints as it may" in why
    assert len(fetched) <= 1 + 2 * 40


def test_a_statement_that_is_too_long_is_not_read() -> None:
    web = federation()
    web[configuration_url(PREF.id)] = b"x" * 10_000_000
    chain, _, why = walk(web)
    assert chain is None
    assert "is too long" in why


def test_a_statement_that_is_too_long_is_asked_for_once_however_many_ways_lead_to_it() -> None:
    a, b, long = Entity("a"), Entity("b"), Entity("long")
    web = {
        **CITY.serves(CITY.configuration(a, b)),
        **a.serves(a.configuration(long), city=a.about(CITY)),
        **b.serves(b.configuration(long), city=b.about(CITY)),
        configuration_url(long.id): b"x" * 200_000,
    }
    _, fetched, _ = walk(web)
    assert fetched.count(configuration_url(long.id)) == 1


def test_all_statements_together_are_bounded_in_bytes() -> None:
    web = federation()
    size = len(web[configuration_url(CITY.id)])
    chain, fetched, why = walk(web, limits=Limits(total_bytes=size))
    assert chain is None
    assert len(fetched) == 1
    assert "as much as it may" in why


def test_every_fetch_says_how_many_bytes_to_read() -> None:
    stepper = resolve(
        CITY.id,
        anchors=ANCHORS,
        now=NOW,
        verify=verify,
        limits=Limits(statement_bytes=4000, total_bytes=6000),
    )
    assert next(stepper).max_bytes == 4000
    own = CITY.configuration(PREF).encode()
    assert stepper.send(own).max_bytes == min(4000, 6000 - len(own))


@pytest.mark.parametrize("body", [None, b"", b"<html>", b"\xff\xfe", b"a.b.c"])
def test_an_answer_that_is_no_statement_ends_it(body: bytes | None) -> None:
    stepper = resolve(CITY.id, anchors=ANCHORS, now=NOW, verify=verify)
    next(stepper)
    with pytest.raises(FederationError):
        stepper.send(body)


def test_a_configuration_of_somebody_else_is_refused() -> None:
    """Issuer-prefix and trailing-slash spoofs: the answer has to be of exactly who was asked."""
    for spoof in ("https://city.example/", "https://city.example.evil.example"):
        claims = {**CITY.claims(PREF), "iss": spoof, "sub": spoof, "metadata": {}}
        _, _, why = walk(
            {**federation(), configuration_url(CITY.id): sign(claims, "city").encode()}
        )
        assert "is one of" in why


def test_a_configuration_signed_by_another_key_is_refused() -> None:
    forged = sign(CITY.claims(PREF), "evil", header={"kid": "city"})
    stepper = resolve(CITY.id, anchors=ANCHORS, now=NOW, verify=verify)
    next(stepper)
    with pytest.raises(InvalidJwt):
        stepper.send(forged.encode())


def test_an_anchors_configuration_has_to_be_signed_by_a_pinned_key() -> None:
    web = federation()
    forged = sign(ANCHOR.claims(), "evil", header={"kid": "anchor"})
    chain, fetched, why = walk({**web, configuration_url(ANCHOR.id): forged.encode()})
    assert chain is None
    assert "does not bear the signature" in why
    assert statement_url(ANCHOR.endpoint, PREF.id) not in fetched


def test_a_statement_about_somebody_else_is_refused() -> None:
    web = federation()
    web[statement_url(PREF.endpoint, CITY.id)] = PREF.about(Entity("other")).encode()
    chain, _, why = walk(web)
    assert chain is None
    assert "about somebody else" in why


def test_an_intermediates_expired_statement_leads_nowhere() -> None:
    web = federation()
    web[statement_url(PREF.endpoint, CITY.id)] = PREF.about(CITY, exp=seconds(-61)).encode()
    chain, fetched, why = walk(web)
    assert chain is None
    assert "has expired" in why
    assert configuration_url(ANCHOR.id) not in fetched


@pytest.mark.parametrize(
    "endpoint",
    [None, "http://pref.example/fetch", "https://u@pref.example/", "file:///etc/passwd", 7],
)
def test_only_an_https_endpoint_is_followed(endpoint: JsonValue) -> None:
    named: JsonObject = {} if endpoint is None else {"federation_fetch_endpoint": endpoint}
    metadata: JsonObject = {"federation_entity": named}
    web = {**federation(), **PREF.serves(PREF.configuration(ANCHOR, metadata=metadata))}
    chain, fetched, _ = walk(web)
    assert chain is None
    assert all(url.startswith("https://") for url in fetched)


def test_a_subject_without_hints_is_told_so() -> None:
    stepper = resolve(CITY.id, anchors=ANCHORS, now=NOW, verify=verify)
    next(stepper)
    with pytest.raises(InvalidTrustChain, match="it names no authority"):
        stepper.send(CITY.configuration().encode())
