"""The checks (入档核对): what is told is held against what the archive knows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from credit_scoring.archive.kinds import RecordKind
from credit_scoring.archive.network import Franchise, Network, Succession
from credit_scoring.archive.parse import NATION
from credit_scoring.archive.record import Entry, NewRecord, Source
from credit_scoring.errors import ArchiveRefused, RecordFault
from tracker.wire.divisions import division_prefix

CONCERNED = {  # what a record of these kinds is about
    RecordKind.PENALTY_NOTICE: RecordKind.PENALTY,
    RecordKind.COMMITMENT_JUDGEMENT: RecordKind.COMMITMENT,
}
BY_KEY = frozenset({RecordKind.OUTLET, RecordKind.PENALTY})  # of which only those with the same key are rivals


@dataclass(frozen=True, slots=True)
class Known:
    """What is known around a record.

    `replaced`: the record it names, and whether it `is_last` of its chain. `is_open`: its holder has an archive.
    `rivals`: what holds of the same holder and kind (BY_KEY: and key), without the replaced. `concerned`: the record
    that it is about. `licences`: the numbers of its holder's licences. `network`: asked for relations only.
    """

    replaced: Entry | None
    is_last: bool
    is_open: bool
    rivals: Sequence[Entry]
    concerned: Entry | None
    licences: frozenset[str]
    network: Network


def check_record(told: NewRecord, known: Known) -> None:
    """Raises ArchiveRefused where the archive cannot take a record that was parsed."""
    if told.replaces is not None:
        _check_replaced(told, known)
    if told.revokes:
        return
    if told.kind is not RecordKind.IDENTITY and not known.is_open:
        raise ArchiveRefused(RecordFault.HOLDER_UNKNOWN, "holder")
    if told.kind in CONCERNED:
        _check_concerned(told, known.concerned)
    check = _CHECKS.get(told.kind)
    if check is not None:
        check(told, known)


def _check_replaced(told: NewRecord, known: Known) -> None:
    replaced = known.replaced
    if replaced is None:
        raise ArchiveRefused(RecordFault.RECORD_UNKNOWN, "replaces")
    if (replaced.told.holder, replaced.told.kind) != (told.holder, told.kind):
        raise ArchiveRefused(RecordFault.RECORD_OTHER, "replaces")
    if not known.is_last or (told.revokes and replaced.told.revokes):
        raise ArchiveRefused(RecordFault.RECORD_REPLACED, "replaces")
    if told.source is Source.DECLARED and replaced.told.source is not Source.DECLARED:
        raise ArchiveRefused(RecordFault.NOT_YOURS, "replaces")


def _check_concerned(told: NewRecord, concerned: Entry | None) -> None:
    wanted = CONCERNED[told.kind]
    if concerned is None or (concerned.told.kind, concerned.told.holder) != (wanted, told.holder):
        raise ArchiveRefused(RecordFault.RECORD_UNKNOWN, str(wanted))


def _check_identity(_told: NewRecord, known: Known) -> None:
    if known.rivals:
        raise ArchiveRefused(RecordFault.IDENTITY_KNOWN, "replaces")


def _check_licence(told: NewRecord, known: Known) -> None:
    if any(_shares_days(told, each.told) and _shares_area(told, each.told) for each in known.rivals):
        raise ArchiveRefused(RecordFault.LICENCE_OVERLAPS, "valid_from")


def _check_halt(told: NewRecord, known: Known) -> None:
    if told.key not in known.licences:
        raise ArchiveRefused(RecordFault.LICENCE_UNKNOWN, "number")


def _check_outlet(told: NewRecord, known: Known) -> None:
    if any(_shares_days(told, each.told) for each in known.rivals):
        raise ArchiveRefused(RecordFault.OUTLET_KNOWN, "outlet")


def _check_penalty(_told: NewRecord, known: Known) -> None:
    if known.rivals:
        raise ArchiveRefused(RecordFault.PENALTY_KNOWN, "number")


def _check_franchise(told: NewRecord, known: Known) -> None:
    assert told.key is not None
    assert told.valid_from is not None
    franchise = Franchise(told.holder.code, told.key, told.valid_from, told.valid_until)
    if known.network.would_franchise_in_a_circle(franchise):
        raise ArchiveRefused(RecordFault.FRANCHISE_CYCLE, "parent")


def _check_succession(told: NewRecord, known: Known) -> None:
    assert told.key is not None
    if known.rivals:
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
