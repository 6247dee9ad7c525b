"""MQTT topics (主题): who speaks where."""

import re
from enum import StrEnum

from msgspec import Struct

ROOT = "jixin/v1"
STORE = f"{ROOT}/store"  # tracker → devices, retained: which store, which epoch, how far
ALL_SCANS = f"{ROOT}/+/+/+/scans"
ALL_IDENTITIES = f"{ROOT}/+/+/+/identities"
SHARED = "$share/jixin/"  # MQTT 5 section 4.8.2; Mosquitto gives it to 3.1.1 clients too
ALL_STATUS = f"{ROOT}/+/+/+/status"
GATEWAY_DEVICE = "replay"  # the one device name that may speak for many stations, with a gateway's key


class Channel(StrEnum):
    """The last level of a device's topic: what travels there."""

    SCANS = "scans"  # device → tracker: events
    IDENTITIES = "identities"  # device → tracker: sealed identity records
    RECEIPTS = "receipts"  # tracker → device
    STATUS = "status"  # device → tracker, retained


CODE_PATTERN = r"^[A-Za-z0-9_-]{1,64}$(?!\n)"
_CODE = re.compile(CODE_PATTERN)


def is_code(text: str) -> bool:
    """Whether it may name a carrier, a station, a device, an operator: 1 to 64 letters, digits, - and _."""
    return _CODE.match(text) is not None


class Post(Struct, frozen=True, order=True):
    """Where a device stands: carrier, station and device codes, each `[A-Za-z0-9_-]{1,64}`."""

    carrier: str
    station: str
    device: str

    def __post_init__(self) -> None:
        for code in (self.carrier, self.station, self.device):
            if not is_code(code):
                raise ValueError(f"not a code of 1 to 64 letters, digits, - and _: {code!r}")

    @property
    def username(self) -> str:
        """The broker's user name, `carrier/station/device`."""
        return f"{self.carrier}/{self.station}/{self.device}"

    def topic(self, channel: Channel) -> str:
        """`jixin/v1/{carrier}/{station}/{device}/{channel}`."""
        return f"{ROOT}/{self.username}/{channel}"


def parse_topic(topic: str) -> tuple[Post, Channel]:
    """Whose topic it is, and what travels there. Raises ValueError for a topic of another shape."""
    parts = topic.split("/")
    if len(parts) != 6 or "/".join(parts[:2]) != ROOT:
        raise ValueError("not a device's topic")
    return Post(*parts[2:5]), Channel(parts[5])
