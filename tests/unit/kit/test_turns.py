from hypothesis import given
from hypothesis import strategies as st

from kit.turns import Turns


@given(st.lists(st.integers(1, 4), max_size=60))
def test_everybody_is_served_in_his_own_order_and_nobody_waits_for_two_of_another(
    parties: list[int],
) -> None:
    turns: Turns[tuple[int, int]] = Turns()
    for position, party in enumerate(parties):
        turns.append(party, (party, position))
    assert sorted(turns) == sorted((party, at) for at, party in enumerate(parties))
    served = [turns.popleft() for _ in range(len(turns))]
    for party in set(parties):
        own = [position for who, position in served if who == party]
        assert own == sorted(own)
    rounds = [sum(one[0] == party for one in served[:at]) for at, (party, _) in enumerate(served)]
    assert rounds == sorted(rounds)


def test_nobody_is_left_after_all_are_turned_away() -> None:
    turns: Turns[str] = Turns()
    turns.append(1, "a")
    turns.clear()
    assert (len(turns), list(turns)) == (0, [])
