"""An archive for people (信用档案): what must be done first, then what holds by class, what was revoked, volumes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from credit_scoring.archive.archive import Archive, find_updates
from credit_scoring.archive.codes import InfoClass
from credit_scoring.archive.holder import Holder, HolderKind
from credit_scoring.archive.kinds import RecordKind, find_kinds
from credit_scoring.archive.network import Franchise
from credit_scoring.archive.record import Entry, Source
from credit_scoring.archive.volume_store import Volume
from web.views.archive_entry_view import EntryView, build_entry_view, write_division
from web.views.parts import Chip, Choice
from web.views.times import Moment, full_moment
from web.words import Words, write_number

SHOWN = 200  # records of a class on a page


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A clock of Art. 17: what is to be updated, by when, how it stands."""

    text: str
    chip: Chip
    href: str


@dataclass(frozen=True, slots=True)
class Section:
    """The records of one class."""

    title: str
    rows: tuple[EntryView, ...]
    more: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A franchisee: its name or code, since when, and its archive where the reader may open it."""

    name: str
    code: str
    term: str
    href: str | None


@dataclass(frozen=True, slots=True)
class VolumeLine:
    """A month's volume as it stands, corrected how often."""

    month: str
    place: str
    parcels: str
    recorded: Moment
    chip: Chip


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """Everything the template places; the parts that are for this reader are set, the others empty."""

    title: str
    code: str
    kind: str
    note: str
    is_empty: bool
    clocks: tuple[ClockLine, ...]
    sections: tuple[Section, ...]
    members: tuple[MemberLine, ...]
    member_rows: tuple[EntryView, ...]
    revoked: tuple[EntryView, ...]
    form_path: str | None
    holder_kind: str
    kinds: tuple[Choice, ...]
    takes_volumes: bool
    volumes: tuple[VolumeLine, ...]
    months: tuple[str, ...]
    csrf: str
    said: str
    warns: bool
    commitments_href: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader may: whether papers are shown, where changes are told, whether as a declaration."""

    documents: bool
    form_path: str | None = None
    declares: bool = False
    members_open: bool = False

    def may_change(self, entry: Entry) -> bool:
        """Who declares changes what was declared, and nothing of the administration's."""
        return not self.declares or entry.told.source is Source.DECLARED


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around an enterprise's archive: franchisees with names and records, volumes by their carriers."""

    franchises: Sequence[Franchise] = ()
    names: Mapping[Holder, str] | None = None
    records: Sequence[Entry] = ()
    volumes: Sequence[Volume] | None = None
    carrier: str | None = None


NO_AROUND = Around()


def build_archive_page(
    words: Words,
    holder: Holder,
    archive: Archive,
    *,
    today: date,
    reading: Reading,
    around: Around = NO_AROUND,
    months: Sequence[str] = (),
    csrf: str = "",
    said: str = "",
    warns: bool = False,
) -> ArchivePage:
    """The page of one archive for one reader."""

    def row(entry: Entry, *, before: bool = True, of_others: bool = False) -> EntryView:
        about = "" if entry.told.holder == holder else entry.told.holder.code
        return build_entry_view(
            words, entry, archive, today=today, documents=reading.documents, about=about,
            form_path=None if of_others or not reading.may_change(entry) else reading.form_path,
            before=archive.history_of(entry) if before else (),
        )  # fmt: skip

    identity = archive.identity_of(holder)
    sections = tuple(
        Section(words(f"info_class.{each}"), tuple(row(entry) for entry in found[:SHOWN]), _more(words, len(found)))
        for each in InfoClass
        if (found := [entry for entry in archive.in_force if entry.told.info_class is each])
    )
    named = identity is not None and holder.is_public
    return ArchivePage(
        title=(identity.told.key or holder.code) if identity is not None and named else holder.code,
        code=holder.code,
        kind=words(f"archive_holder.{holder.kind}"),
        note=words("archive.never_public") if not holder.is_public else "",
        is_empty=not archive.entries,
        clocks=tuple(_clocks(words, archive, today)),
        sections=sections,
        members=tuple(_member(words, each, around, reading) for each in around.franchises),
        member_rows=tuple(row(each, before=False, of_others=True) for each in around.records),
        revoked=tuple(row(entry) for entry in archive.revoked),
        form_path=reading.form_path,
        holder_kind=holder.kind,
        kinds=find_choices(words, holder, archive, declares=reading.declares) if reading.form_path else (),
        takes_volumes=around.volumes is not None and reading.declares,
        volumes=tuple(_volumes(words, around.volumes or ())),
        months=tuple(months),
        csrf=csrf,
        said=said,
        warns=warns,
        commitments_href=f"/carriers/{around.carrier}/commitments" if around.carrier else None,
    )


def find_choices(words: Words, holder: Holder, archive: Archive, *, declares: bool) -> tuple[Choice, ...]:
    """The kinds that may be told about a holder: the registration first and alone, all others after it."""
    opened = archive.identity_of(holder) is not None
    kinds = find_kinds(holder.kind, declared=declares)
    return tuple(
        Choice(each.name, words(f"archive_kind.{each.name}"))
        for each in kinds
        if (each.name is RecordKind.IDENTITY) is not opened
    )


def _more(words: Words, count: int) -> str:
    """That not all are shown; empty where all are."""
    return words("archive.more", shown=SHOWN, count=write_number(count)) if count > SHOWN else ""


def _clocks(words: Words, archive: Archive, today: date) -> list[ClockLine]:
    lines = []
    for each in find_updates(archive):
        concerns = each.notice.told.concerns
        concerned = archive.entries.get(concerns) if concerns else None
        number = (concerned.told.key or "") if concerned else ""
        text = words("archive.clock", number=number, effect=each.notice.told.valid_from)
        chip = Chip(words("archive.clock_due", day=each.due.day), "note")
        if each.done_on is not None:
            late = each.is_missed(today)
            key = "archive.clock_late" if late else "archive.clock_done"
            chip = Chip(words(key, day=each.done_on, due=each.due.day), "warn" if late else "")
        elif each.is_missed(today):
            chip = Chip(words("archive.clock_missed", day=each.due.day), "bad")
        lines.append(ClockLine(text, chip, f"#{concerns}"))
    return lines


def _member(words: Words, franchise: Franchise, around: Around, reading: Reading) -> MemberLine:
    name = (around.names or {}).get(Holder(HolderKind.ENTERPRISE, franchise.uscc), franchise.uscc)
    until = franchise.valid_until.isoformat() if franchise.valid_until else words("archive.until_now")
    return MemberLine(
        name=name,
        code=franchise.uscc,
        term=words("figure.from_to", low=franchise.valid_from, high=until),
        href=f"/regulator/archives/enterprise/{franchise.uscc}" if reading.members_open else None,
    )


def _volumes(words: Words, volumes: Sequence[Volume]) -> list[VolumeLine]:
    """The last word on each month and place, the newest month first; in time by the first one."""
    firsts: dict[tuple[str, str, str], Volume] = {}
    lasts: dict[tuple[str, str, str], Volume] = {}
    for each in volumes:
        key = (str(each.told.month), each.told.division or "", each.told.carrier)
        firsts.setdefault(key, each)
        lasts[key] = each
    lines = []
    for key in sorted(lasts, key=lambda each: (each[0], each[1] == ""), reverse=True):
        last, in_time = lasts[key], firsts[key].in_time
        if last is not firsts[key]:
            chip = Chip(words("archive.volume_corrected"), "note")
        else:
            chip = Chip(
                words("archive.volume_in_time" if in_time else "archive.volume_late"), "" if in_time else "warn"
            )
        place = write_division(words, last.told.division or "*")
        lines.append(
            VolumeLine(
                str(last.told.month), place, write_number(last.told.parcels), full_moment(last.recorded_at), chip
            )
        )
    return lines
