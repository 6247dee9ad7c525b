"""The network's faults (网络故障): a broker away for minutes; connections half-open, slow, stalled, lossy, reset."""

import time

from web.bench.faults.fault import Fault, Kind
from web.bench.faults.ground import Ground
from web.bench.faults.proxy import Proxy


def network_faults() -> list[Fault]:
    """Faults between the stations, the tracker and the broker."""
    return [
        Fault("broker_away", "消息代理离线数分钟", "broker away for minutes", Kind.SQLITE, take_broker_away),
        Fault("half_open", "半开连接", "half-open TCP", Kind.PROXIED, open_half),
        Fault("slow_network", "慢速网络", "slow network", Kind.PROXIED, slow_down),
        Fault("stalled_network", "停滞不断线", "stalled without closing", Kind.PROXIED, stall),
        Fault("bytes_dropped", "丢失字节", "bytes dropped in mid-stream", Kind.PROXIED, drop_bytes),
        Fault("connections_reset", "连接重置", "connections reset", Kind.PROXIED, reset_connections),
    ]


def take_broker_away(ground: Ground) -> None:
    """The stations go on scanning meanwhile."""
    ground.strike("broker away", ground.broker.kill)
    time.sleep(ground.minutes())
    ground.broker.start()


def open_half(ground: Ground) -> None:
    """The broker has lost every connection, stations and tracker hear nothing of it."""

    def hit() -> None:
        for proxy in _proxies(ground):
            proxy.stalled = True
            proxy.cut_far_ends()

    try:
        ground.strike("half-open TCP", hit)
        ground.hold(ground.minutes())  # long enough in the long round for the keepalive to find out
    finally:
        _heal(ground)


def slow_down(ground: Ground) -> None:
    """A third of a second each way, 64 KiB a second."""

    def hit() -> None:
        for proxy in _proxies(ground):
            proxy.latency, proxy.bytes_per_second = ground.chance.uniform(0.2, 0.5), 64 * 1024

    try:
        ground.strike("slow network", hit)
        ground.hold(ground.minutes())
    finally:
        _heal(ground)


def stall(ground: Ground) -> None:
    """Nothing is read, nothing is closed; then it goes on where it was."""

    def hit() -> None:
        for proxy in _proxies(ground):
            proxy.stalled = True

    try:
        ground.strike("stalled network", hit)
        ground.hold(ground.moment() * 2)
    finally:
        _heal(ground)


def drop_bytes(ground: Ground) -> None:
    """A broken box in the way swallows every tenth chunk, so that what follows makes no sense to either side."""

    def hit() -> None:
        for proxy in _proxies(ground):
            proxy.swallow = 0.1

    try:
        ground.strike("bytes dropped", hit)
        ground.hold(ground.moment() * 2)
    finally:
        _heal(ground)
    for proxy in _proxies(ground):
        proxy.reset()  # half a frame may be waited for until the keepalive ends it


def reset_connections(ground: Ground) -> None:
    """Again and again."""

    def hit() -> None:
        for proxy in _proxies(ground):
            proxy.reset()

    for _ in range(4):
        ground.strike("connections reset", hit)
        ground.hold(ground.moment())


def _proxies(ground: Ground) -> list[Proxy]:
    assert ground.station_proxy is not None
    assert ground.tracker_proxy is not None
    return [ground.station_proxy, ground.tracker_proxy]


def _heal(ground: Ground) -> None:
    for proxy in _proxies(ground):
        proxy.heal()
