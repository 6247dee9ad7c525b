"""`doctor --privacy` in real processes: every reader sees, a blind one shows, a leak is found; else nothing is open."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from tests.walk.installation import Installation
from tests.walk.processes import processes_under
from web.privacy.checking import Check, Checked
from web.privacy.clerk import Parcel
from web.privacy.contents import Stream, streams_of
from web.privacy.house import open_house
from web.privacy.media import Medium, medium_of
from web.privacy.report import tell_hits

SEED = 20261122


def silent(_line: str) -> None:
    """Nobody listens."""


def test_the_whole_search_finds_every_needle_and_nothing_open(place: Installation) -> None:
    result = place.run("doctor", "--privacy", "--parcels", "3", "--seed", str(SEED), "--json")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-2000:]
    report = json.loads(result.stdout)
    assert (report["ok"], report["blind"], report["hits"], report["kept"]) == (True, [], [], None)
    assert report["day"] == {"parcels": 3, "refused": 6, "quarantined": 3, "sealed": 3}
    assert min(report["octets"].values()) > 0, "each medium held something"
    assert report["values"] > 3 * 15
    for said in ("埋针", "一日业务 a day's traffic: 3/3", "抓包 packet capture"):
        assert said in result.stderr
    assert not place.data_dir.exists(), "the operator's own installation is left alone"


def without(medium: Medium, folder: Path) -> Callable[[Path], Iterator[Stream]]:
    """A reader that does not look at one medium."""

    def read(path: Path) -> Iterator[Stream]:
        if medium_of(path.relative_to(folder)) is not medium:
            yield from streams_of(path)

    return read


def as_it_lies(path: Path) -> Iterator[Stream]:
    """A reader that knows no format."""
    yield next(iter(streams_of(path)))


def as_it_is_meant(path: Path) -> Iterator[Stream]:
    """A reader that looks at what formats show, and at no file of any other."""
    streams = streams_of(path)
    next(streams)
    yield from streams


def test_blind_readers_show_and_a_leak_is_found(tmp_path: Path) -> None:
    with open_house(tmp_path) as house:
        check = Check(house, Checked(tmp_path), silent, streams_of)
        check.check_sight()
        assert check.checked.blind == []
        for medium in Medium:
            blinded = Check(house, check.checked, silent, without(medium, tmp_path))
            assert {each.medium for each in blinded.find_blind()} == {medium}
        raw = {each.medium for each in Check(house, check.checked, silent, as_it_lies).find_blind()}
        assert raw == {Medium.DATABASE, Medium.STATION, Medium.BACKUPS}
        shown = {each.medium for each in Check(house, check.checked, silent, as_it_is_meant).find_blind()}
        assert {Medium.WAL, Medium.BROKER, Medium.LOGS, Medium.METRICS, Medium.CAPTURE} <= shown
        person = Parcel.invent(Random(SEED), is_letter=False).sender
        with (tmp_path / "logs" / "up.log").open("a") as log:
            log.write(json.dumps({"event": "accepted", "sender": person.name}) + "\n")
        check.check_day(2, Random(SEED))
    assert not check.checked.is_well
    (hit,) = tell_hits(check.checked.hits, tmp_path)
    told = (hit["medium"], hit["file"], hit["kind"], hit["form"], hit["count"])
    assert told == ("logs", "logs/up.log", "name", "JSON escapes", 1)
    leak = json.dumps(person.name)[1:-1].encode()
    assert (tmp_path / "logs" / "up.log").read_bytes()[hit["offset"] :].startswith(leak)
    assert person.name not in f"{hit}"
    assert processes_under(tmp_path) == []
