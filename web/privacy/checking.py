"""The check (查漏): first every medium must show the needle planted in it, then no known value may lie in any."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tracker.realname.key_folder import KeyFolder
from tracker.store.database import reading
from tracker.store.identity_store import records_of, sealed_record
from tracker.store.quarantine_bounds import use_of
from tracker.wire.identity_record import Subject
from tracker.wire.sealing import open_sealed
from web.privacy.contents import streams_of
from web.privacy.day import Day, live_a_day
from web.privacy.house import House, HouseFailed, open_house
from web.privacy.leaving import Administrator, take_out
from web.privacy.media import TITLES, Hit, Medium, Read, Search, files_of
from web.privacy.needles import Needle
from web.privacy.planting import Plant, find_blind, new_code, plant_files, plant_traffic, planted_metrics

SHOWN = 20  # waybill numbers whose proofs and traces are exported
SAID_EVERY = 50  # parcels
Say = Callable[[str], None]


@dataclass(slots=True)
class Checked:
    """What was seen. `hits` are of known values; `blind` the needles that were planted and not found."""

    root: Path
    plants: list[Plant] = field(default_factory=list)
    blind: list[Plant] = field(default_factory=list)
    day: Day = field(default_factory=Day)
    sealed: int = 0
    quarantined: int = 0
    values: int = 0
    patterns: int = 0
    octets: dict[Medium, int] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether every reader sees and nothing lies open."""
        return not self.blind and not self.hits


def check_privacy(folder: Path, *, parcels: int, random: Random, say: Say, read: Read = streams_of) -> Checked:
    """The whole of it, in a house of its own below an empty folder. With a blind medium it ends before the day.

    Raises HouseFailed, BrokerSilent, Unreadable, OSError.
    """
    say("开一处试验安装 opening a house: broker, vault, tracker, scheduler, web, a counter")
    with open_house(folder) as house:
        check = Check(house, Checked(folder), say, read)
        check.check_sight()
        if not check.checked.blind:
            check.check_day(parcels, random)
    return check.checked


@dataclass(frozen=True, slots=True)
class Check:
    """One check in one house."""

    house: House
    checked: Checked
    say: Say
    read: Read

    def check_sight(self) -> None:
        """A needle into each medium, by the way that data take there; then they are looked for."""
        self.say("埋针 planting a needle in each medium")
        waybill = new_code()
        asked_by = Administrator.of(self.house, new_code().value.lower())
        plants = plant_traffic(self.house, waybill)
        plants.append(Plant(Medium.EXPORTS, asked_by.needle, "audit.csv"))
        plants += plant_files(self.house)
        with planted_metrics(self.house) as plant:
            plants.append(plant)
            take_out(self.house, "planted", asked_by, [waybill.value], opened=True)
        self.checked.plants = plants
        self.checked.blind = self.find_blind()

    def find_blind(self) -> list[Plant]:
        """The plants that are not found where they are."""
        search = self._search(each.needle for each in self.checked.plants)
        return find_blind(self.checked.plants, search.hits)

    def check_day(self, parcels: int, random: Random) -> None:
        """A day with people whom we know; then everything of theirs is looked for."""
        for number, day in enumerate(live_a_day(self.house, parcels, random), start=1):
            self.checked.day = day
            if number == parcels or number % SAID_EVERY == 0:
                self.say(f"一日业务 a day's traffic: {number}/{parcels}")
        day = self.checked.day
        self.checked.sealed = _count_sealed(self.house, day)
        with reading(self.house.engine) as session:
            self.checked.quarantined = use_of(session).rows
        take_out(
            self.house, "day", Administrator.of(self.house, "after-the-day"), day.waybill_nos[:SHOWN], opened=False
        )
        search = self._search([*day.known, *day.smuggled])
        smuggled = {needle.value for needle in day.smuggled}
        self.checked.hits = [
            hit for hit in search.hits if hit.medium is not Medium.BROKER or hit.needle.value not in smuggled
        ]
        self.checked.octets = dict(search.octets)
        self.checked.values = len({needle.value for needle in (*day.known, *day.smuggled)})
        self.checked.patterns = search.patterns

    def _search(self, needles: Iterable[Needle]) -> Search:
        search = Search.of({needle.value: needle for needle in needles}.values(), read=self.read)
        for medium in search.run(files_of(self.house.folder)):
            self.say(f"查 searching {TITLES[medium]}")
        return search


def _count_sealed(house: House, day: Day) -> int:
    """How many documents lie in the store, each opened here with the vault's keys: so the values that are looked for
    are those that passed. Raises HouseFailed."""
    keys, count = KeyFolder(house.settings.vault_dir), 0
    with reading(house.engine) as session:
        for waybill_no, person in day.registered.items():
            for line in records_of(session, waybill_no):
                record = sealed_record(session, line.record_id)
                private = keys.private_of(record.kid) if record else None
                if record is None or private is None or record.subject != Subject.REGISTER:
                    continue
                content = open_sealed(
                    record.box, private=private, kid=record.kid, record_id=record.record_id,
                    event_id=record.event_id, commitment=record.commitment,
                )  # fmt: skip
                count += content.document_number == person.number
    if count != len(day.registered):
        raise HouseFailed(f"{count} of {len(day.registered)} documents lie sealed in the store")
    return count
