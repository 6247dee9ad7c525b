"""A wedge: an end character or a pause ends a reading, slowness does not, and nothing typed is lost."""

from hypothesis import given
from hypothesis import strategies as st

from scanners.wedge import GAP, Wedge


def test_an_end_character_ends_a_reading() -> None:
    wedge = Wedge()
    assert wedge.type("W1\r\nW2\tW", 0.0) == ["W1", "W2"]
    assert wedge.type("3\n", 0.01) == ["W3"]


def test_a_slow_wedge_is_waited_for() -> None:
    wedge = Wedge()
    ended = [reading for place, sign in enumerate("SF1234567890123\r") for reading in wedge.type(sign, place * 0.25)]
    assert ended == ["SF1234567890123"]


def test_a_pause_ends_a_reading_that_has_no_end_character() -> None:
    wedge = Wedge()
    assert wedge.type("W1", 0.0) == []
    assert wedge.take_if_paused(GAP) == []
    assert wedge.take_if_paused(GAP + 0.01) == ["W1"]
    assert wedge.take_if_paused(99.0) == []
    wedge.type("W2", 100.0)
    assert wedge.type("W3\n", 101.0) == ["W2", "W3"]


@given(st.lists(st.tuples(st.text("AB1\r\n\t", max_size=5), st.floats(0, 1)), max_size=20))
def test_nothing_typed_is_lost_or_changes_its_order(typed: list[tuple[str, float]]) -> None:
    wedge, at, ended = Wedge(), 0.0, []
    for characters, pause in typed:
        at += pause
        ended += wedge.type(characters, at)
    ended += wedge.take_if_paused(at + 99)
    told = "".join(characters for characters, _ in typed)
    assert "".join(ended) == told.translate(dict.fromkeys(map(ord, "\r\n\t")))
    assert all(ended)
