"""Broker addresses: one, or a cluster's, tried in turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.wire.brokers import Address, Nodes, NotABroker, parse_addresses


@pytest.mark.parametrize(
    ("urls", "addresses"),
    [
        ("mqtt://broker", [Address("broker", 1883, False)]),
        ("mqtts://broker/", [Address("broker", 8883, True)]),
        ("mqtt://10.0.0.1:1884", [Address("10.0.0.1", 1884, False)]),
        ("mqtt://[::1]:1884", [Address("::1", 1884, False)]),
        (
            "mqtts://a:1, mqtts://b:2,mqtts://c",
            [Address("a", 1, True), Address("b", 2, True), Address("c", 8883, True)],
        ),
    ],
)
def test_addresses_are_read_in_their_order(urls: str, addresses: list[Address]) -> None:
    assert list(parse_addresses(urls)) == addresses


@pytest.mark.parametrize(
    "urls",
    ["", "broker:1883", "http://broker", "mqtt://", "mqtt://a,", "mqtt://a:99999", "mqtt://a:x", "mqtt://u:p@a",
     "mqtt://a/path", "mqtt://a?x=1", "mqtt://[::1", "mqtt://a,mqtts://b"],
)  # fmt: skip
def test_anything_else_is_refused_and_not_repeated(urls: str) -> None:
    with pytest.raises(NotABroker) as caught:
        parse_addresses(urls)
    assert "u:p" not in str(caught.value)


@given(st.integers(1, 5), st.integers(0, 9))
def test_going_on_visits_every_node_and_comes_back(number: int, start: int) -> None:
    nodes = Nodes(tuple(Address(f"n{place}", 1883, False) for place in range(number)), start)
    first = nodes.present
    assert {nodes.pass_over() for _ in range(number)} == set(nodes.addresses)
    assert nodes.present == first
