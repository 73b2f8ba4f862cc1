"""The layered index finds what an index of all would find, whatever changed before."""

from hypothesis import given, settings
from hypothesis import strategies as st

from broker.ngsi.apply import apply
from broker.ngsi.changes import Change
from broker.ngsi.matching_index import SubscriptionIndex
from broker.ngsi.q.evaluate import nothing_linked
from broker.ngsi.subscription import Subscription, SubscriptionId
from broker.ngsi.subscription_document import compile_subscription
from broker.store.layered_index import LayeredIndex
from tests.entities import SCHOOL, SHELTER, create
from tests.notifying import a_subscription

TYPES = (SHELTER, SCHOOL)
STEPS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([*TYPES, None])), max_size=40)


def a_change() -> Change:
    change = apply(create(1, 480), None).change
    assert change is not None
    return change


def compiled(number: int, type_: str) -> Subscription:
    id_ = f"urn:ngsi-ld:Subscription:{number}"
    return compile_subscription(
        a_subscription("http://example.org/", id=id_, entities=[{"type": type_}])
    )


@given(STEPS, STEPS)
@settings(max_examples=60)
def test_it_agrees_with_an_index_of_all(
    ground: list[tuple[int, str | None]], steps: list[tuple[int, str | None]]
) -> None:
    current = {number: compiled(number, type_) for number, type_ in ground if type_ is not None}
    index = LayeredIndex.of(current.values())
    for number, type_ in steps:
        id_ = SubscriptionId(f"urn:ngsi-ld:Subscription:{number}")
        if type_ is None:
            current.pop(number, None)
        else:
            current[number] = compiled(number, type_)
        index = index.with_changes({id_: current.get(number)}, current.values())
        found = {match.subscription.id for match in index.match(a_change(), nothing_linked)}
        wanted = SubscriptionIndex(current.values()).match(a_change())
        assert found == {match.subscription.id for match in wanted}


def test_the_ground_is_laid_anew_when_much_has_changed() -> None:
    everything = {number: compiled(number, SHELTER) for number in range(300)}
    index = LayeredIndex.of(())
    for number, one in everything.items():
        index = index.with_changes({one.id: one}, list(everything.values())[: number + 1])
    assert len(index.above) < 256
    assert len(index.match(a_change(), nothing_linked)) == 300
