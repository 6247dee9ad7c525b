"""`doctor --privacy` in real processes: every reader sees, a leak is found, else nothing lies open; and a thief."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from tests.walk.installation import Installation
from tests.walk.processes import processes_under
from tests.walk.thief import Sealed, secrets_in
from tracker.realname.retention import DEFAULT_TERMS
from web.commands.backing_up import run_backup
from web.commands.restoring import run_restore
from web.commands.running import InstallationError
from web.commands.services import open_store
from web.commands.vault_service import erase_what_ended, open_vault
from web.privacy.checking import Check, Checked
from web.privacy.clerk import Parcel
from web.privacy.contents import Stream, streams_of
from web.privacy.house import open_house
from web.privacy.media import Medium, Read, medium_of
from web.privacy.report import tell_hits

SEED = 20261122
NAME = Parcel.invent(Random(SEED), is_letter=False).sender.name
QUIET = Console(file=StringIO())
LONG_AFTER = timedelta(days=1300)  # every term is over


def silent(_line: str) -> None:
    """Nobody listens."""


def test_the_whole_search_finds_every_needle_and_nothing_open(place: Installation) -> None:
    result = place.run("doctor", "--privacy", "--parcels", "3", "--seed", str(SEED), "--json")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-2000:]
    report = json.loads(result.stdout)
    assert (report["ok"], report["blind"], report["hits"], report["kept"]) == (True, [], [], None)
    assert report["day"] == {"parcels": 3, "refused": 6, "quarantined": 3, "sealed": 4}
    assert min(report["octets"].values()) > 0, "each medium held something"
    assert report["values"] > 3 * 15
    for said in ("埋针", "一日业务 a day's traffic: 3/3", "抓包 packet capture"):
        assert said in result.stderr
    assert not place.data_dir.exists(), "the operator's own installation is left alone"


def without(medium: Medium, folder: Path) -> Read:
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


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Check]:
    """A house after its check: needles planted and found, a leaking log line, a day of two parcels."""
    folder = tmp_path_factory.mktemp("house")
    with open_house(folder) as house:
        one = Check(house, Checked(folder), silent, streams_of)
        one.check_sight()
        assert one.checked.blind == []
        with (folder / "logs" / "up.log").open("a") as log:
            log.write(json.dumps({"event": "accepted", "sender": NAME}) + "\n")
        one.check_day(2, Random(SEED))
        yield one
    assert processes_under(folder) == []


def test_a_leak_is_found_and_told_without_the_value(check: Check) -> None:
    folder = check.checked.root
    assert not check.checked.is_well
    (hit,) = tell_hits(check.checked.hits, folder)
    told = (hit["medium"], hit["file"], hit["kind"], hit["form"], hit["count"])
    assert told == ("logs", "logs/up.log", "name", "JSON escapes", 1)
    leak = json.dumps(NAME)[1:-1].encode()
    assert (folder / "logs" / "up.log").read_bytes()[hit["offset"] :].startswith(leak)
    assert NAME not in f"{hit}"


def test_a_reader_that_does_not_look_shows_its_medium(check: Check) -> None:
    def blind_of(read: Read) -> set[Medium]:
        blinded = Check(check.house, check.checked, silent, read)
        return {each.medium for each in blinded.find_blind()}

    for medium in Medium:
        assert blind_of(without(medium, check.checked.root)) == {medium}
    assert blind_of(as_it_lies) == {Medium.DATABASE, Medium.STATION, Medium.BACKUPS}
    in_any_file = {Medium.WAL, Medium.BROKER, Medium.LOGS, Medium.METRICS, Medium.CAPTURE}
    assert in_any_file <= blind_of(as_it_is_meant)


def test_a_thief_of_all_but_the_vault_opens_nothing_and_after_erasure_nobody_does(check: Check, tmp_path: Path) -> None:
    house, loot = check.house, tmp_path / "loot"
    people, vault_dir = list(check.checked.day.registered.values()), house.settings.vault_dir
    backup = run_backup(house.settings, house.folder / "backups", console=QUIET)
    unwanted = shutil.ignore_patterns("vault", "*.lock", "*-shm")
    shutil.copytree(house.folder, loot, ignore=unwanted)
    (loot / "exports" / "planted" / "quarantine.jsonl").unlink()  # which the vault's owner has opened
    sealed = Sealed.of(loot / "data" / "jixin.db")
    assert len(sealed.records) > 2 * len(people) > 0
    assert len(sealed.bodies) == 3
    assert Sealed.of(loot / "backups" / backup.data.name / "store.sqlite") == sealed

    stolen = secrets_in(loot)
    assert len(stolen) > 20, "receipt key, device key, label secret, accounts key, and whatever looks like one"
    assert sealed.opened_with(stolen) == ([], [])
    assert (sealed.indexes_guessed(people, stolen), sealed.commitments_guessed(people, stolen)) == (0, 0)

    kept = secrets_in(vault_dir)
    contents, bodies = sealed.opened_with(kept)
    assert (len(contents), len(bodies)) == (len(sealed.records), len(sealed.bodies)), "the same tries, with the keys"
    assert sealed.indexes_guessed(people, kept) == len(people)
    assert sealed.commitments_guessed(people, {content.salt for content in contents}) == len(people)

    vault = open_vault(vault_dir)
    vault.now = lambda: datetime.now(UTC) + LONG_AFTER
    assert erase_what_ended(vault, house.engine, DEFAULT_TERMS) == len(sealed.records)
    assert sealed.opened_with(stolen | secrets_in(vault_dir)) == ([], []), "the old copy, with all that there is now"

    elsewhere = house.settings.model_copy(update={"data_dir": tmp_path / "restored", "vault_folder": tmp_path / "none"})
    with pytest.raises(InstallationError, match="--erasures"):
        run_restore(elsewhere, backup.data, None, overwrite=False, console=QUIET)
    with pytest.raises(InstallationError, match="cut off"):
        open_store(elsewhere)
    with_list = elsewhere.model_copy(update={"vault_folder": vault_dir})
    run_restore(with_list, backup.data, None, overwrite=True, console=QUIET)
    assert Sealed.of(tmp_path / "restored" / "jixin.db").records == []
