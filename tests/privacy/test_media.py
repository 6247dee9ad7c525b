"""Each file is of the medium that people would say; a hit says where, and a reader that does not look is blind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from web.privacy.contents import Stream, streams_of
from web.privacy.media import Medium, Search, files_of, medium_of
from web.privacy.needles import Needle, NeedleKind
from web.privacy.planting import Plant, find_blind
from web.privacy.report import tell_hits

NAME = Needle(NeedleKind.NAME, "欧阳锦绣")
FILES = {
    "data/jixin.db": Medium.DATABASE,
    "data/jixin.db-wal": Medium.WAL,
    "data/jixin.db-shm": Medium.DATABASE,
    "jixin.db": Medium.DATABASE,
    "jixin.db-wal": Medium.WAL,
    "data/broker/jetstream/jetstream/$G/streams/$MQTT_msgs/msgs/1.blk": Medium.BROKER,
    "data/broker/jetstream/jetstream/$G/streams/$MQTT_msgs/msgs/index.db": Medium.BROKER,
    "data/broker/nats.log": Medium.LOGS,
    "logs/up.log": Medium.LOGS,
    "data/vault/ledger.jsonl": Medium.VAULT,
    "station/outbox.db": Medium.STATION,
    "station/outbox.db-wal": Medium.WAL,
    "outbox/A-B-C.db": Medium.STATION,
    "metrics/day/web.txt": Medium.METRICS,
    "data/run/metrics/web.json": Medium.METRICS,
    "exports/day/archive/events-00001.parquet": Medium.EXPORTS,
    "backups/day/data-1/store.sqlite": Medium.BACKUPS,
    "backups/day/data-1/store.sqlite-wal": Medium.BACKUPS,
    "capture/broker-1-up": Medium.CAPTURE,
    "data/keys/label-secret": Medium.REST,
    "data/gateway.json": Medium.REST,
}


@pytest.mark.parametrize(("path", "medium"), FILES.items(), ids=str)
def test_a_file_is_of_its_medium(path: str, medium: Medium) -> None:
    assert medium_of(Path(path)) is medium


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with a file of each medium, each with the name in it after 7 octets."""
    for path in FILES:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"1234567{NAME.value}")
    (tmp_path / "link.log").symlink_to(tmp_path / "logs" / "up.log")
    return tmp_path


def searched(house: Path, blind: Medium | None = None) -> Search:
    def read(path: Path) -> Iterator[Stream]:
        if medium_of(path.relative_to(house)) is not blind:
            yield from streams_of(path)

    search = Search.of([NAME], read=read)
    assert list(search.run(files_of(house))) == list(Medium)
    return search


def test_every_file_is_read_once_and_a_hit_says_where_and_never_what(house: Path) -> None:
    search = searched(house)
    hits = tell_hits(search.hits, house)
    assert {each["file"]: each["medium"] for each in hits} == {path: medium.value for path, medium in FILES.items()}
    assert {(each["offset"], each["count"], each["form"], each["kind"]) for each in hits} == {(7, 1, "utf-8", "name")}
    assert NAME.value not in f"{hits} {search.hits!r}"
    assert sum(search.octets.values()) == len(FILES) * (7 + len(NAME.value.encode()))


@pytest.mark.parametrize("medium", list(Medium))
def test_a_reader_that_does_not_look_at_a_medium_is_blind_there_and_nowhere_else(house: Path, medium: Medium) -> None:
    plants = [Plant(of, NAME, Path(path).name) for path, of in FILES.items()]
    blind = find_blind(plants, searched(house, medium).hits)
    assert {each.medium for each in blind} == {medium}
    assert len(blind) == sum(of is medium for of in FILES.values())
    assert find_blind(plants, searched(house).hits) == []


def test_a_needle_that_is_found_elsewhere_only_does_not_count(house: Path) -> None:
    hits = searched(house).hits
    assert find_blind([Plant(Medium.LOGS, NAME, "tracker.log")], hits) != []
    assert find_blind([Plant(Medium.LOGS, Needle(NeedleKind.NAME, "诸葛既明"), "up.log")], hits) != []


def test_a_file_that_is_gone_by_the_time_it_is_looked_at_holds_nothing(house: Path) -> None:
    files = files_of(house)
    (house / "logs" / "up.log").unlink()
    search = Search.of([NAME])
    list(search.run(files))
    assert len(search.hits) == len(FILES) - 1
