"""Planting (埋针): into each medium goes a needle by the way that data take there, so that blind readers show."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, start_http_server

from tracker.wire.topics import Channel
from web.commands.metrics_server import naming_target
from web.privacy.house import HOST, LOGS, House, HouseFailed
from web.privacy.media import Hit, Medium
from web.privacy.needles import Needle, NeedleKind

SECONDS = 30
_HAN = 0x4E00  # the first Chinese character; names are made of those that follow


@dataclass(frozen=True, slots=True)
class Plant:
    """A needle in a medium; `part` stands in the path of the file where it must be found."""

    medium: Medium
    needle: Needle
    part: str


def new_word() -> Needle:
    """Chinese characters that stand in no text."""
    return Needle(NeedleKind.PLANTED, "".join(chr(_HAN + octet * 64 + octet % 61) for octet in os.urandom(10)))


def new_code() -> Needle:
    """A code of letters and digits, as waybill numbers and logins are."""
    return Needle(NeedleKind.PLANTED, f"PLANT{os.urandom(8).hex().upper()}")


def find_blind(plants: Sequence[Plant], hits: Sequence[Hit]) -> list[Plant]:
    """The plants that were not found where they are."""
    seen = {(hit.medium, hit.needle.value, hit.path.as_posix()) for hit in hits}
    return [
        each
        for each in plants
        if not any(
            medium is each.medium and value == each.needle.value and each.part in path for medium, value, path in seen
        )
    ]


def plant_files(house: House) -> list[Plant]:
    """Into databases, logs and folders. The WAL's comes last: a checkpoint would take it over."""
    word = [new_word() for _ in range(7)]
    long_row, number = new_word(), Needle(NeedleKind.PLANTED, str(10**10 + int.from_bytes(os.urandom(4), "big")))
    database = house.settings.data_dir / "jixin.db"
    for path in (database, house.outbox):
        plant_rows(path, long_row, number)
    plants = [
        Plant(Medium.DATABASE, long_row, "jixin.db"),
        Plant(Medium.DATABASE, number, "jixin.db"),
        Plant(Medium.STATION, long_row, "outbox.db"),
        Plant(Medium.BACKUPS, long_row, "store.sqlite"),
    ]
    files = {
        Medium.VAULT: house.settings.vault_dir / "planted",
        Medium.REST: house.settings.data_dir / "keys" / "planted",
    }
    logs = [*(house.folder / LOGS).glob("*.log"), house.settings.broker_folder / "nats.log"]
    for needle, (medium, path) in zip(word, [*files.items(), *((Medium.LOGS, log) for log in logs)], strict=False):
        with path.open("a", encoding="utf-8") as file:
            file.write(f'{{"event": "planted", "value": "{needle.value}"}}\n')
        plants.append(Plant(medium, needle, path.name))
    with closing(sqlite3.connect(database, timeout=SECONDS)) as store, store:
        store.execute("INSERT INTO planted VALUES (?)", (word[-1].value,))
    return [*plants, Plant(Medium.WAL, word[-1], "jixin.db-wal")]


def plant_rows(path: Path, long_row: Needle, number: Needle) -> None:
    """A number in binary, and a row that SQLite cuts in two right inside the needle; both in the file itself."""
    with closing(sqlite3.connect(path, timeout=SECONDS)) as store:
        (page,) = store.execute("PRAGMA page_size").fetchone()
        octets = long_row.value.encode()
        with store:
            store.execute("CREATE TABLE IF NOT EXISTS planted (value)")
            store.execute("INSERT INTO planted VALUES (?)", (int(number.value),))
            text = "x" * (kept_in_the_leaf(page, 2 * page) - _HEADER - len(octets) // 2) + long_row.value
            store.execute("INSERT INTO planted VALUES (?)", (text + "y" * (2 * page - _HEADER - len(text.encode())),))
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")


_HEADER = 4  # octets before a row's one long text: the header's length, and three for the text's type


def kept_in_the_leaf(page: int, payload: int) -> int:
    """How much of a row stays on its own page; the rest is elsewhere (SQLite file format, 1.6)."""
    least = (page - 12) * 32 // 255 - 23
    kept = least + (payload - least) % (page - 4)
    return kept if kept <= page - 35 else least


def plant_traffic(house: House, waybill: Needle) -> list[Plant]:
    """Over the wires: a scan with this waybill number, its page, a retained message, and one that is refused."""
    answer = house.counter.post_json("/api/scan", {"step": "arrived", "typed": waybill.value})
    if answer.status != 200:
        raise HouseFailed(f"the planted scan was answered {answer.status}")
    house.settle()
    house.visitor.get(f"/t/{waybill.value}")
    retained, refused = new_word(), new_word()
    house.publish(Channel.STATUS, retained.value.encode(), retain=True)
    house.publish(Channel.SCANS, refused.value.encode())
    return [
        Plant(Medium.CAPTURE, waybill, "capture/broker-"),
        Plant(Medium.CAPTURE, waybill, "capture/web-"),
        Plant(Medium.BROKER, retained, "rmsgs"),
        Plant(Medium.BROKER, refused, "msgs"),
        Plant(Medium.BROKER, waybill, "msgs"),
        Plant(Medium.BACKUPS, waybill, "store.sqlite"),
        Plant(Medium.EXPORTS, waybill, "proof-"),
        Plant(Medium.EXPORTS, waybill, "trace-"),
        Plant(Medium.EXPORTS, waybill, "archive/events"),
        Plant(Medium.EXPORTS, refused, "quarantine.jsonl"),
    ]


@contextmanager
def planted_metrics(house: House) -> Iterator[Plant]:
    """A process more that shows metrics, until the block ends."""
    needle, registry = new_word(), CollectorRegistry()
    Gauge("jixin_planted", "a needle", ["value"], registry=registry).labels(needle.value).set(1)
    server, thread = start_http_server(0, HOST, registry)
    try:
        with naming_target(house.settings, "planted", f"{HOST}:{server.server_port}"):
            yield Plant(Medium.METRICS, needle, "planted.txt")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
