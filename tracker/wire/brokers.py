"""Broker addresses (代理地址): one broker's, or those of a cluster's nodes, tried in turn."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerKind(StrEnum):
    """Which broker an organisation runs."""

    NATS = "nats"
    MOSQUITTO = "mosquitto"


class NotABroker(ValueError):
    """This is no broker's address; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Address:
    """One node; `tls` where its scheme is mqtts."""

    host: str
    port: int
    tls: bool


def parse_addresses(urls: str) -> tuple[Address, ...]:
    """The nodes of `mqtt://host:port,mqtt://host:port`, each `mqtt` or `mqtts`, in their order.

    Raises NotABroker for anything else, also for plain and TLS nodes side by side.
    """
    addresses = tuple(_parse(url.strip()) for url in urls.split(","))
    if len({address.tls for address in addresses}) > 1:
        raise NotABroker("broker addresses are all mqtt:// or all mqtts://")
    return addresses


def _parse(url: str) -> Address:
    try:
        parts = urlsplit(url)
        port, bare = parts.port, not (parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc)
    except ValueError:
        port, bare = None, False
    if not bare or parts.scheme not in PORTS or not parts.hostname:
        raise NotABroker("a broker address is mqtt://host:port or mqtts://host:port; several are separated by commas")
    return Address(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts")


@dataclass(slots=True)
class Nodes:
    """The nodes and which of them is in use, by its place; `pass_over` goes on to the next."""

    addresses: tuple[Address, ...]
    place: int = 0

    @property
    def present(self) -> Address:
        return self.addresses[self.place % len(self.addresses)]

    def pass_over(self) -> Address:
        """The next node, after the last the first."""
        self.place += 1
        return self.present
