"""For each operation: B's ids, patterns and queries answer A as those of nobody do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import httpx2

from broker.api.paths import Paths
from broker.api.routes import _RESOURCES
from kit.json import JsonObject
from tests.isolation.neighbours import BOTH, Names, Neighbours, an_entity, seen
from tests.isolation.probes import Probe, changes, led, purges, reads, wildcards
from tests.platforms import Client


def send(client: Client, probe: Probe) -> httpx2.Response:
    return client.send(
        probe.method,
        probe.path,
        probe.body,
        params=dict(probe.params) or None,
        headers=dict(probe.headers),
    )


def with_heads(probes: Iterable[Probe]) -> Iterator[Probe]:
    """Each request, and HEAD beside each GET."""
    for probe in probes:
        yield probe
        if probe.method == "GET":
            yield replace(probe, method="HEAD")


def assert_like_nobodys(
    neighbours: Neighbours, theirs: Sequence[Probe], nobodys: Sequence[Probe], nobody: Names
) -> None:
    """Send both and compare what comes back, names aside; nothing bears B's mark."""
    client, names = neighbours.a.client, neighbours.b.names
    for probe, other in zip(theirs, nobodys, strict=True):
        answer, expected = send(client, probe), send(client, other)
        assert answer.status_code < 500 or answer.status_code == 504, (probe, answer.text)
        assert seen(answer, names) == seen(expected, nobody), probe
        assert names.mark not in f"{answer.headers}{answer.text}", probe


def test_every_operation_of_the_api_is_tried() -> None:
    paths: Paths[str] = Paths()
    for pattern, _ in _RESOURCES:
        paths.add(pattern, pattern)
    names = Names.made_up()
    tried = set()
    for probe in (*reads(names), *changes(names), *wildcards(), *purges()):
        found = paths.find(probe.path)
        assert found is not None, probe
        tried.add((probe.method, found[0]))
    served = {(method, pattern) for pattern, methods in _RESOURCES for method in methods}
    assert served - tried == set()


def test_what_is_bs_is_read_as_what_is_nobodys(neighbours: Neighbours) -> None:
    names, nobody = neighbours.b.names, Names.made_up()
    theirs, nobodys = list(with_heads(reads(names))), list(with_heads(reads(nobody)))
    assert_like_nobodys(neighbours, theirs, nobodys, nobody)


def test_bs_maps_snapshots_and_contexts_lead_nowhere(neighbours: Neighbours) -> None:
    names, nobody, url = neighbours.b.names, Names.made_up(), neighbours.a.client.url
    theirs, nobodys = (list(led(_few(one), one, url)) for one in (names, nobody))
    assert_like_nobodys(neighbours, theirs, nobodys, nobody)


def _few(names: Names) -> list[Probe]:
    """One request of each kind: the headers are what is tried."""
    kinds = {(probe.method, probe.path): probe for probe in (*reads(names), *wildcards())}
    changing = [probe for probe in changes(names) if probe.method == "PATCH"]
    return [*kinds.values(), *changing]


def test_what_is_bs_is_changed_as_what_is_nobodys(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    names, nobody = neighbours.b.names, Names.made_up()
    client = neighbours.a.client
    there = [seen(send(client, probe), names) for probe in changes(names)]
    nowhere = [seen(send(client, probe), nobody) for probe in changes(nobody)]
    for probe, answer, expected in zip(changes(names), there, nowhere, strict=True):
        assert answer == expected, probe
        assert answer[0] < 500, probe
        assert names.mark not in answer[1] + answer[2], probe
    assert neighbours.truth() == before


def test_all_that_there_is_is_what_is_ones_own(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    names, own, client = neighbours.b.names, neighbours.a.names, neighbours.a.client
    told = []
    for probe in with_heads(wildcards()):
        answer = send(client, probe)
        assert answer.status_code in (200, 201), (probe, answer.text)
        text = f"{answer.headers}{answer.text}"
        assert names.token not in text, probe
        assert names.mark not in text, probe
        assert names.entity_map not in text, probe
        assert names.context not in text, probe
        told.append(own.token in text)
    assert sum(told) > 15  # what is asked for does find A's own
    for probe in purges():
        answer = send(client, probe)
        assert answer.status_code in (204, 207), (probe, answer.text)
    assert client.get("/entities", type="*", local="true").json() == []
    assert neighbours.truth() == before
    for id_ in (own.entity, own.second, BOTH):
        client.create(an_entity(own, id_))


def test_a_link_to_bs_next_page_leads_to_ones_own(neighbours: Neighbours) -> None:
    a, b = neighbours.a, neighbours.b
    kept: dict[str, str] = {"NGSILD-Tenant": a.name}
    for path, params in (
        ("/entities", {"type": "*", "local": "true", "limit": "1", "offset": "1"}),
        ("/entities", {"type": b.names.type, "limit": "1", "orderBy": "id", "entityMap": "true"}),
        ("/subscriptions", {"limit": "1", "offset": "1"}),
    ):
        page = b.client.get(path, **params)
        assert page.is_success, page.text
        for link in page.links.values():
            if link.get("rel") not in ("next", "prev", "first", "last"):
                continue
            url = httpx2.URL(page.url).join(link["url"])
            answer = a.client.http.get(url, headers=kept)
            assert answer.is_success, answer.text
            assert b.names.mark not in answer.text
        held = {name: page.headers[name] for name in page.headers if name == "ngsild-entitymap"}
        answer = a.client.send("GET", path, params=params, headers=held)
        assert b.names.mark not in f"{answer.headers}{answer.text}"


def test_an_entity_of_an_id_that_both_have_is_ones_own(neighbours: Neighbours) -> None:
    before = neighbours.truth()
    client, own = neighbours.a.client, neighbours.a.names
    theirs = neighbours.b.names
    assert theirs.mark not in client.get(f"/entities/{BOTH}").text
    changed: JsonObject = {"level": {"type": "Property", "value": 8}}
    answer = client.send("PATCH", f"/entities/{BOTH}/attrs", changed)
    assert answer.status_code == 204, answer.text
    answer = client.send("POST", "/entityOperations/delete", [theirs.entity, BOTH, theirs.second])
    assert answer.status_code == 207, answer.text
    assert answer.json()["success"] == [BOTH]
    client.create(an_entity(own, BOTH))
    assert neighbours.truth() == before
