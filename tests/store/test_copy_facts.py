"""A copy is whole when every position up to the head is in it once, whatever order they come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.store.copy_facts import CopyDamaged, Positions


def read(positions: list[int]) -> Positions:
    seen = Positions()
    for position in positions:
        seen.add(position)
    return seen


@given(st.integers(0, 300).flatmap(lambda head: st.permutations(range(1, head + 1))))
def test_every_order_of_a_whole_log_is_whole(positions: list[int]) -> None:
    read(positions).check(len(positions))


@given(st.sets(st.integers(1, 200)), st.integers(0, 210))
def test_whatever_is_not_exactly_one_to_head_is_damaged(positions: set[int], head: int) -> None:
    seen = read(sorted(positions))
    if positions == set(range(1, head + 1)):
        seen.check(head)
    else:
        with pytest.raises(CopyDamaged, match=f"head is {head}"):
            seen.check(head)


@pytest.mark.parametrize("positions", [[1, 1], [3, 2, 3], [0], [-1], [1_000_000, 1_000_000]])
def test_a_position_that_stands_twice_or_cannot_be_is_damaged(positions: list[int]) -> None:
    with pytest.raises(CopyDamaged, match="stands twice"):
        read(positions)
