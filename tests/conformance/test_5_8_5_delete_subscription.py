"""Delete Subscription: CIM 009 §5.8.5, over HTTP §6.11.3.3."""

from tests.conformance.subscribed import (
    ERRORS,
    FLOOD,
    SUBSCRIPTIONS,
    a_subscription,
    subscribe,
)
from tests.platforms import Client

PATH = f"{SUBSCRIPTIONS}/{FLOOD}"


def test_a_deleted_subscription_is_gone_and_its_id_is_free(client: Client) -> None:
    subscribe(client, a_subscription())
    answer = client.send("DELETE", PATH)
    assert answer.status_code == 204
    assert answer.content == b""
    assert client.get(PATH).status_code == 404
    assert client.send("DELETE", PATH).status_code == 404
    subscribe(client, a_subscription())


def test_an_unknown_subscription_is_not_found(client: Client) -> None:
    answer = client.send("DELETE", PATH)
    assert answer.status_code == 404
    assert answer.json()["type"] == ERRORS + "ResourceNotFound"


def test_an_id_that_is_no_uri_is_refused_and_a_missing_one_is_no_resource(client: Client) -> None:
    wrong = client.send("DELETE", f"{SUBSCRIPTIONS}/InvalidUri")
    assert wrong.status_code == 400
    assert wrong.json()["type"] == ERRORS + "BadRequestData"
    assert client.send("DELETE", f"{SUBSCRIPTIONS}/").status_code == 405
