"""The keyring: who may speak with which key, and how soon a change is seen."""

import pytest

from tests.intake.fakes import FakeClock
from tracker.intake.keyring import FRESH_FOR, Keyring
from tracker.store.registry import ANY, DeviceKey
from tracker.wire.errors import BatchRefused, RefusalCode
from tracker.wire.signature import SigningKey
from tracker.wire.topics import GATEWAY_DEVICE, Post

POST = Post("BLUEBIRD", "HZ-01", "GUN-1")
KEY = SigningKey.generate()


class Registry(dict[str, DeviceKey]):
    """Keys by kid; counts how often they were read."""

    reads = 0

    def load(self) -> dict[str, DeviceKey]:
        self.reads += 1
        return dict(self)

    def enrol(self, post: tuple[str, str, str], key: SigningKey = KEY, *, revoked: bool = False) -> None:
        self[key.kid] = DeviceKey(key.kid, key.verifying.public_bytes, 1, *post, revoked=revoked)


@pytest.fixture
def registry() -> Registry:
    """A registry that knows one device."""
    one = Registry()
    one.enrol(("BLUEBIRD", "HZ-01", "GUN-1"))
    return one


def refusal_of(keyring: Keyring, post: Post, kid: str = KEY.kid) -> str:
    with pytest.raises(BatchRefused) as refused:
        keyring.key_for(kid, post)
    return refused.value.code


def test_a_device_may_speak_for_itself_and_for_nobody_else(registry: Registry) -> None:
    keyring = Keyring(registry.load, FakeClock())
    keyring.refresh()
    assert keyring.key_for(KEY.kid, POST).kid == KEY.kid
    for other in (Post("BLUEBIRD", "HZ-01", "GUN-2"), Post("BLUEBIRD", "HZ-02", "GUN-1"), Post("X", "HZ-01", "GUN-1")):
        assert refusal_of(keyring, other) == RefusalCode.TOPIC_MISMATCH


def test_a_gateway_may_speak_for_every_stations_device_replay(registry: Registry) -> None:
    registry.enrol((ANY, ANY, GATEWAY_DEVICE))
    keyring = Keyring(registry.load, FakeClock())
    keyring.refresh()
    assert keyring.key_for(KEY.kid, Post("ANYBODY", "ANYWHERE", GATEWAY_DEVICE))
    assert refusal_of(keyring, POST) == RefusalCode.TOPIC_MISMATCH


def test_a_key_that_nobody_enrolled_is_unknown(registry: Registry) -> None:
    keyring = Keyring(registry.load, FakeClock())
    keyring.refresh()
    assert refusal_of(keyring, POST, SigningKey.generate().kid) == RefusalCode.KEY_UNKNOWN


def test_the_registry_is_read_again_after_two_seconds_and_not_before(registry: Registry) -> None:
    clock = FakeClock()
    keyring = Keyring(registry.load, clock)
    keyring.refresh()
    registry.enrol(("BLUEBIRD", "HZ-01", "GUN-1"), revoked=True)
    clock.seconds += FRESH_FOR
    keyring.refresh()
    assert registry.reads == 1
    assert keyring.key_for(KEY.kid, POST)
    clock.seconds += 0.001
    keyring.refresh()
    assert refusal_of(keyring, POST) == RefusalCode.KEY_REVOKED
    assert FRESH_FOR <= 2


def test_a_missed_key_is_looked_up_at_once(registry: Registry) -> None:
    keyring = Keyring(registry.load, FakeClock())
    keyring.refresh()
    fresh = SigningKey.generate()
    registry.enrol(("BLUEBIRD", "HZ-01", "GUN-1"), fresh)
    keyring.refresh(missed=True)
    assert keyring.key_for(fresh.kid, POST).kid == fresh.kid


def test_a_key_that_left_the_registry_no_longer_speaks(registry: Registry) -> None:
    keyring = Keyring(registry.load, FakeClock())
    keyring.refresh()
    keyring.key_for(KEY.kid, POST)
    registry.clear()
    keyring.refresh(missed=True)
    assert refusal_of(keyring, POST) == RefusalCode.KEY_UNKNOWN
