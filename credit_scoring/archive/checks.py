"""The checks (入档核对): what is told is held against what the archive knows. Pure."""

from dataclasses import dataclass
from datetime import date

from credit_scoring.archive.archive import Archive
from credit_scoring.archive.kinds import RecordKind
from credit_scoring.archive.network import Franchise, Network, Succession
from credit_scoring.archive.parse import NATION
from credit_scoring.archive.record import Entry, NewRecord, Source
from credit_scoring.errors import ArchiveRefused, RecordFault
from tracker.wire.divisions import division_prefix


@dataclass(frozen=True, slots=True)
class Known:
    """What is known around a record: its holder's archive, the record it replaces, and (asked seldom) the network."""

    archive: Archive
    replaced: Entry | None
    network: Network


def check_record(told: NewRecord, known: Known) -> None:
    """Raises ArchiveRefused where the archive cannot take a record that was parsed."""
    _check_replaced(told, known.replaced, known.archive)
    if told.revokes:
        return
    if told.kind is not RecordKind.IDENTITY and known.archive.identity_of(told.holder) is None:
        raise ArchiveRefused(RecordFault.HOLDER_UNKNOWN, "holder")
    if told.concerns is not None:
        _check_concerned(told, known.archive)
    check = _CHECKS.get(told.kind)
    if check is not None:
        others = [each for each in known.archive.of_kind(told.kind) if each.told.holder == told.holder]
        check(told, [each for each in others if each.record_id != told.replaces], known)


def _check_replaced(told: NewRecord, replaced: Entry | None, archive: Archive) -> None:
    if told.replaces is None:
        return
    if replaced is None:
        raise ArchiveRefused(RecordFault.RECORD_UNKNOWN, "replaces")
    if (replaced.told.holder, replaced.told.kind) != (told.holder, told.kind):
        raise ArchiveRefused(RecordFault.RECORD_OTHER, "replaces")
    last = archive.last_of(replaced.record_id)
    if last is None or last.record_id != replaced.record_id or (told.revokes and replaced.told.revokes):
        raise ArchiveRefused(RecordFault.RECORD_REPLACED, "replaces")
    if told.source is Source.DECLARED and replaced.told.source is not Source.DECLARED:
        raise ArchiveRefused(RecordFault.NOT_YOURS, "replaces")


def _check_concerned(told: NewRecord, archive: Archive) -> None:
    wanted = {
        RecordKind.PENALTY_NOTICE: RecordKind.PENALTY,
        RecordKind.COMMITMENT_JUDGEMENT: RecordKind.COMMITMENT,
    }[told.kind]
    found = archive.entries.get(told.concerns) if told.concerns else None
    if found is None or found.told.kind is not wanted or found.told.holder != told.holder:
        raise ArchiveRefused(RecordFault.RECORD_UNKNOWN, told.kind.partition("_")[0])


def _check_identity(_told: NewRecord, others: list[Entry], _known: Known) -> None:
    if others:
        raise ArchiveRefused(RecordFault.IDENTITY_KNOWN, "replaces")


def _check_licence(told: NewRecord, others: list[Entry], _known: Known) -> None:
    if any(_shares_days(told, each.told) and _shares_area(told, each.told) for each in others):
        raise ArchiveRefused(RecordFault.LICENCE_OVERLAPS, "valid_from")


def _check_halt(told: NewRecord, _others: list[Entry], known: Known) -> None:
    numbers = {each.told.key for each in known.archive.of_kind(RecordKind.LICENCE) if each.told.holder == told.holder}
    if told.key not in numbers:
        raise ArchiveRefused(RecordFault.LICENCE_UNKNOWN, "number")


def _check_outlet(told: NewRecord, others: list[Entry], _known: Known) -> None:
    if any(each.told.key == told.key and _shares_days(told, each.told) for each in others):
        raise ArchiveRefused(RecordFault.OUTLET_KNOWN, "outlet")


def _check_penalty(told: NewRecord, others: list[Entry], _known: Known) -> None:
    if any(each.told.key == told.key for each in others):
        raise ArchiveRefused(RecordFault.PENALTY_KNOWN, "number")


def _check_franchise(told: NewRecord, _others: list[Entry], known: Known) -> None:
    assert told.key is not None
    assert told.valid_from is not None
    franchise = Franchise(told.holder.code, told.key, told.valid_from, told.valid_until)
    if known.network.would_franchise_in_a_circle(franchise):
        raise ArchiveRefused(RecordFault.FRANCHISE_CYCLE, "parent")


def _check_succession(told: NewRecord, others: list[Entry], known: Known) -> None:
    assert told.key is not None
    if others:
        raise ArchiveRefused(RecordFault.SUCCESSION_KNOWN, "successor")
    if known.network.would_succeed_in_a_circle(Succession(told.holder.code, told.key)):
        raise ArchiveRefused(RecordFault.SUCCESSION_CYCLE, "successor")


_CHECKS = {
    RecordKind.IDENTITY: _check_identity,
    RecordKind.LICENCE: _check_licence,
    RecordKind.LICENCE_HALT: _check_halt,
    RecordKind.OUTLET: _check_outlet,
    RecordKind.PENALTY: _check_penalty,
    RecordKind.FRANCHISE: _check_franchise,
    RecordKind.SUCCESSION: _check_succession,
}


def _shares_days(one: NewRecord, other: NewRecord) -> bool:
    start, begins = one.valid_from or date.min, other.valid_from or date.min
    return start <= (other.valid_until or date.max) and begins <= (one.valid_until or date.max)


def _shares_area(one: NewRecord, other: NewRecord) -> bool:
    return any(covers(mine, theirs) or covers(theirs, mine) for mine in areas_of(one) for theirs in areas_of(other))


def areas_of(licence: NewRecord) -> list[str]:
    """The divisions that a licence is for; `*` is the nation."""
    areas = licence.details.get("areas")
    return areas if isinstance(areas, list) else []


def covers(area: str, division: str) -> bool:
    """Whether an area holds a division."""
    return area == NATION or (division != NATION and division.startswith(division_prefix(area)))
