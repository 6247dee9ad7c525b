"""The inbox: bounded in messages and in bytes, patient with the network, and never a leak."""

from collections.abc import Callable
from threading import Thread

import pytest

from tests.intake.fakes import until
from tracker.intake.delivery import Delivery
from tracker.intake.inbox import Inbox
from tracker.wire.topics import Post

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")


def message(number: int, size: int = 1, connection: int = 1) -> Delivery:
    return Delivery(POST, b"x" * size, number, connection)


def take(inbox: Inbox, *, messages: int = 100, size: int = 10_000, timeout: float = 0) -> list[int]:
    return [one.packet_id for one in inbox.take(max_messages=messages, max_bytes=size, timeout=timeout)]


def put_beside(inbox: Inbox, *deliveries: Delivery) -> Thread:
    """Another thread that puts these in order, as the network's does."""
    thread = Thread(target=lambda: [inbox.put(delivery) for delivery in deliveries], daemon=True)
    thread.start()
    return thread


def is_stuck(thread: Thread) -> bool:
    thread.join(0.05)
    return thread.is_alive()


def test_messages_come_out_in_the_order_they_came_in() -> None:
    inbox = Inbox()
    for number in range(5):
        inbox.put(message(number))
    assert take(inbox, messages=3) == [0, 1, 2]
    assert take(inbox) == [3, 4]


def test_take_keeps_to_its_bytes_but_always_takes_one() -> None:
    inbox = Inbox()
    for number in range(4):
        inbox.put(message(number, size=60))
    assert take(inbox, size=100) == [0, 1]
    assert take(inbox, size=1) == [2]


def test_take_waits_for_the_first_message_only() -> None:
    inbox = Inbox()
    put_beside(inbox, message(1))
    assert take(inbox, timeout=5) == [1]
    assert take(inbox, timeout=0.01) == []


@pytest.mark.parametrize("bound", [{"max_messages": 2}, {"max_bytes": 20}], ids=["messages", "bytes"])
def test_put_waits_at_the_bound_until_there_is_room(bound: dict[str, int]) -> None:
    inbox = Inbox(**bound)
    thread = put_beside(inbox, *(message(number, size=10) for number in range(4)))
    assert is_stuck(thread)
    assert len(inbox) == 2
    taken = take(inbox, messages=1)
    until(lambda: len(inbox) == 2)
    assert is_stuck(thread)
    while len(taken) < 4:
        taken += take(inbox, timeout=1)
    thread.join(5)
    assert taken == [0, 1, 2, 3]


def test_one_message_above_the_bytes_is_taken_in_when_there_is_room() -> None:
    inbox = Inbox(max_bytes=20)
    inbox.put(message(1, size=500))
    thread = put_beside(inbox, message(2))
    assert is_stuck(thread)
    assert take(inbox) == [1]
    thread.join(5)
    assert take(inbox) == [2]


def test_dropping_stale_messages_makes_room() -> None:
    inbox = Inbox(max_messages=2)
    inbox.put(message(1, connection=1))
    inbox.put(message(2, connection=2))
    thread = put_beside(inbox, message(3, connection=2))
    assert is_stuck(thread)
    assert inbox.drop(lambda delivery: delivery.connection == 1) == 1
    thread.join(5)
    assert take(inbox) == [2, 3]


def test_dropped_bytes_are_no_longer_counted() -> None:
    inbox = Inbox(max_bytes=100)
    inbox.put(message(1, size=100))
    inbox.drop(lambda _: True)
    inbox.put(message(2, size=100))
    assert take(inbox) == [2]


@pytest.mark.parametrize(
    "wait", [lambda inbox: inbox.put(message(9)), lambda inbox: take(inbox, timeout=60)], ids=["put", "take"]
)
def test_closing_wakes_everybody(wait: Callable[[Inbox], object]) -> None:
    inbox = Inbox(max_messages=0)
    thread = Thread(target=wait, args=(inbox,), daemon=True)
    thread.start()
    assert is_stuck(thread)
    inbox.close()
    thread.join(10)
    assert not thread.is_alive()


def test_a_closed_inbox_takes_nothing_in_and_gives_out_what_it_has() -> None:
    inbox = Inbox()
    inbox.put(message(1))
    inbox.close()
    inbox.put(message(2))
    assert take(inbox) == [1]
    assert take(inbox, timeout=60) == []
