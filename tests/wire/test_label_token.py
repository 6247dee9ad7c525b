"""Label tokens (面单令牌): bound to a parcel and a device, and to nothing that can be guessed."""

from hypothesis import given
from hypothesis import strategies as st

from tests.wire.example import POST
from tracker.wire.label_token import derive_label_key, fits_label, label_address, label_token
from tracker.wire.topics import Post

SECRET = bytes(range(32))
KEY = derive_label_key(SECRET, POST)


def test_a_token_fits_its_own_parcel_and_device_only() -> None:
    token = label_token(KEY, "BB1")
    assert len(token) == 22
    assert fits_label(token, KEY, "BB1")
    assert not fits_label(token, KEY, "BB2")
    for other in (
        Post("BLUEBIRD", "HZ-XIHU-01", "GUN-2"),
        Post("BLUEBIRD", "HZ-XIHU-0", "1-GUN-1"),
        Post("A", "B", "C"),
    ):
        assert not fits_label(token, derive_label_key(SECRET, other), "BB1")
    assert not fits_label(token, derive_label_key(bytes(32), POST), "BB1")


def test_it_is_that_of_before() -> None:
    """Printed labels outlive this version."""
    assert label_token(KEY, "BB2026070100017") == "8V4reSs6F0X9mxO00hgufg"


@given(st.text(max_size=200))
def test_anything_may_be_asked(text: str) -> None:
    assert fits_label(text, KEY, "BB1") == (text == label_token(KEY, "BB1"))


def test_a_token_with_something_after_it_is_another() -> None:
    token = label_token(KEY, "BB1")
    for asked in (f"{token}A", f"{token}=", f" {token}", token[:-1], "", token + "x" * 1_000, "\ud800", "令牌"):
        assert not fits_label(asked, KEY, "BB1")


def test_the_address_is_short_and_plain() -> None:
    assert label_address("https://trace.example/", "BB1", "k" * 22) == f"https://trace.example/t/BB1?k={'k' * 22}"
    assert label_address("https://trace.example", "BB1", None) == "https://trace.example/t/BB1"
