"""Query Subscriptions: CIM 009 §5.8.4, over HTTP §6.10.3.2."""

import pytest

from tests.conformance.subscribed import ERRORS, SUBSCRIPTIONS, a_subscription, subscribe
from tests.platforms import Client

LIST = "/ngsi-ld/v1/subscriptions"


def create_three(client: Client) -> list[str]:
    ids = [f"urn:ngsi-ld:Subscription:{name}" for name in "cab"]
    for id_ in ids:
        subscribe(client, a_subscription(id=id_))
    return ids


def test_without_subscriptions_the_list_is_empty(client: Client) -> None:
    assert client.get(SUBSCRIPTIONS).json() == []


def test_all_are_listed_oldest_first(client: Client) -> None:
    ids = create_three(client)
    assert [one["id"] for one in client.get(SUBSCRIPTIONS).json()] == ids


@pytest.mark.parametrize(
    ("limit", "offset", "shown", "links"),
    [
        (
            1,
            1,
            1,
            [
                f'<{LIST}?limit=1&offset=0>;rel="prev"',
                f'<{LIST}?limit=1&offset=2>;rel="next"',
            ],
        ),
        (1, 2, 1, [f'<{LIST}?limit=1&offset=1>;rel="prev"']),
        (15, 0, 3, []),
    ],
)
def test_pages_are_linked(
    client: Client, limit: int, offset: int, shown: int, links: list[str]
) -> None:
    create_three(client)
    answer = client.send(
        "GET",
        f"{SUBSCRIPTIONS}/",
        params={"limit": str(limit), "offset": str(offset)},
        headers={"Accept": "application/ld+json"},
    )
    assert len(answer.json()) == shown
    said = [link.strip() for link in answer.headers.get("Link", "").split(",") if link]
    assert sorted(said) == sorted(f'{link};type="application/ld+json"' for link in links)


def test_the_count_is_told_where_it_is_asked_for(client: Client) -> None:
    create_three(client)
    answer = client.get(SUBSCRIPTIONS, limit="0", count="true")
    assert answer.headers["NGSILD-Results-Count"] == "3"
    assert answer.json() == []
    assert "NGSILD-Results-Count" not in client.get(SUBSCRIPTIONS).headers


def test_system_attributes_come_where_they_are_asked_for(client: Client) -> None:
    create_three(client)
    assert all("createdAt" in one for one in client.get(SUBSCRIPTIONS, options="sysAttrs").json())


def test_the_count_may_be_said_among_the_options_too(client: Client) -> None:
    create_three(client)
    answer = client.get(SUBSCRIPTIONS, options="count", count="true", limit="1")
    assert (len(answer.json()), answer.headers["NGSILD-Results-Count"]) == (1, "3")


def test_an_unknown_parameter_is_refused(client: Client) -> None:
    answer = client.get(SUBSCRIPTIONS, colour="blue")
    assert answer.status_code == 400
    assert answer.json()["type"] == ERRORS + "InvalidRequest"
