"""The archive (信用档案): a holder's entries folded into what holds, what was replaced, and what its clocks say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from credit_scoring.archive.clocks import filing_due, update_due
from credit_scoring.archive.holder import Holder
from credit_scoring.archive.kinds import REVOKED, RecordKind
from credit_scoring.archive.record import Entry
from tracker.working_days import Deadline, local_day_of


@dataclass(frozen=True, slots=True)
class Archive:
    """All entries by id, each chain's last by its first, and each entry's first."""

    entries: Mapping[UUID, Entry]
    lasts: Mapping[UUID, Entry]
    firsts: Mapping[UUID, UUID]

    @property
    def in_force(self) -> list[Entry]:
        """What holds now: the last of each chain that was not revoked, the latest document first."""
        return sorted((each for each in self.lasts.values() if not each.told.revokes), key=_newest_first)

    @property
    def revoked(self) -> list[Entry]:
        """The entries that revoked a record, the latest first."""
        return sorted((each for each in self.lasts.values() if each.told.revokes), key=_newest_first)

    def of_kind(self, *kinds: RecordKind) -> list[Entry]:
        """What holds, of these kinds."""
        return [each for each in self.in_force if each.told.kind in kinds]

    def history_of(self, entry: Entry) -> list[Entry]:
        """What an entry replaced, step by step back to the first."""
        found: list[Entry] = []
        while entry.told.replaces is not None:
            entry = self.entries[entry.told.replaces]
            found.append(entry)
        return found

    def last_of(self, record_id: UUID) -> Entry | None:
        """What stands today where a record stood."""
        first = self.firsts.get(record_id)
        return self.lasts[first] if first is not None else None

    def identity_of(self, holder: Holder) -> Entry | None:
        """The registration that holds."""
        return next((each for each in self.of_kind(RecordKind.IDENTITY) if each.told.holder == holder), None)

    def is_licensed(self, day: date) -> bool:
        """Whether any licence was valid on a day and not halted."""
        halts = self.of_kind(RecordKind.LICENCE_HALT)
        return any(is_valid_on(each, halts, day) for each in self.of_kind(RecordKind.LICENCE))


def build_archive(entries: Iterable[Entry], *, as_of: datetime | None = None) -> Archive:
    """The archive of entries as it stood at a moment (None: with all of them), in whatever order they come."""
    known = {each.record_id: each for each in entries if as_of is None or each.recorded_at <= as_of}
    after = {each.told.replaces: each for each in known.values() if each.told.replaces is not None}
    lasts: dict[UUID, Entry] = {}
    firsts: dict[UUID, UUID] = {}
    for each in known.values():
        if each.told.replaces is not None:
            continue
        first, last = each.record_id, each
        firsts[first] = first
        while (later := after.get(last.record_id)) is not None:
            last = later
            firsts[last.record_id] = first
        lasts[first] = last
    return Archive(known, lasts, firsts)


def is_valid_on(licence: Entry, halts: Iterable[Entry], day: date) -> bool:
    """Whether a licence holds on a day: within its dates, and neither suspended nor revoked."""
    told = licence.told
    assert told.valid_from is not None
    assert told.valid_until is not None
    if not told.valid_from <= day <= told.valid_until:
        return False
    return not any(_halts(each, licence, day) for each in halts)


def _halts(halt: Entry, licence: Entry, day: date) -> bool:
    told = halt.told
    assert told.valid_from is not None
    same = (told.holder, told.key) == (licence.told.holder, licence.told.key)
    return same and told.valid_from <= day and (told.valid_until is None or day <= told.valid_until)


@dataclass(frozen=True, slots=True)
class Filing:
    """An outlet's filing: until when it was due, and when it was filed; None while it is not."""

    due: Deadline
    filed_on: date | None

    def is_missed(self, today: date) -> bool:
        """Whether it was not filed within its days."""
        return self.due.is_missed(self.filed_on or today)


def filing_of(outlet: Entry) -> Filing:
    """The filing of an outlet's record."""
    assert outlet.told.valid_from is not None
    return Filing(filing_due(outlet.told.valid_from), outlet.told.document_date)


@dataclass(frozen=True, slots=True)
class Update:
    """A penalty that was changed or revoked, and by when its record is to follow (Art. 17); `done_on`: when it did."""

    notice: Entry
    due: Deadline
    done_on: date | None

    def is_missed(self, today: date) -> bool:
        return self.due.is_missed(self.done_on or today)


def find_updates(archive: Archive) -> list[Update]:
    """The clocks that notices about penalties have started, those still running first, the earliest due first."""
    found = [
        Update(each, update_due(each.told.valid_from), _done_on(archive, each))
        for each in archive.of_kind(RecordKind.PENALTY_NOTICE)
        if each.told.valid_from is not None
    ]
    return sorted(found, key=lambda each: (each.done_on is not None, each.due.day, str(each.notice.record_id)))


def _done_on(archive: Archive, notice: Entry) -> date | None:
    """When the record followed: its penalty has a later version that is of the notice's own effect or after it."""
    penalty, concerns = None, notice.told.concerns
    penalty = archive.last_of(concerns) if concerns is not None else None
    if penalty is None or penalty.record_id == concerns:
        return None
    if notice.told.code == REVOKED and not penalty.told.revokes:
        return None
    return local_day_of(penalty.recorded_at)


def _newest_first(entry: Entry) -> tuple[int, float, str]:
    day = entry.told.document_date or entry.told.valid_from or date.min
    return (-day.toordinal(), -entry.recorded_at.timestamp(), str(entry.record_id))
