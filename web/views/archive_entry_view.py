"""One record for people (档案记录): its fields in words, its document, its source, its marks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from credit_scoring.archive.archive import Archive, filing_of
from credit_scoring.archive.clocks import filing_law, is_after_close, is_backdated
from credit_scoring.archive.codes import CodeList, load_codes
from credit_scoring.archive.kinds import KINDS, Field, RecordKind, Shape
from credit_scoring.archive.parse import NATION
from credit_scoring.archive.penalties import instrument_of
from credit_scoring.archive.record import Entry, NewRecord, Source
from credit_scoring.evidence.window import close_of
from tracker.wire.divisions import division_of
from web.views.parts import Chip
from web.views.times import Moment, full_moment
from web.words import Words, write_number

SHOWN = 16  # of a digest's 64 digits: the whole one is in the JSON


@dataclass(frozen=True, slots=True)
class Fact:
    """One field: what it is called, and what it says."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class EntryView:
    """Everything a row of the archive places; `about` is whose record it is where it is another's."""

    anchor: str
    day: str
    title: str
    about: str
    facts: tuple[Fact, ...]
    document: str
    digest: str
    source: str
    recorded: Moment
    chips: tuple[Chip, ...]
    replace_href: str | None
    revoke_href: str | None
    before: tuple["EntryView", ...]


def build_entry_view(
    words: Words,
    entry: Entry,
    archive: Archive,
    *,
    today: date,
    documents: bool,
    about: str = "",
    form_path: str | None = None,
    before: Iterable[Entry] = (),
) -> EntryView:
    """The row of an entry; `form_path` is where a change of it may be told, None where the reader may tell none."""
    told = entry.told
    change = f"{form_path}?replaces={entry.record_id}" if form_path else None
    kind = words(f"archive_kind.{told.kind}")
    return EntryView(
        anchor=str(entry.record_id),
        day=(told.document_date or told.valid_from or entry.recorded_at.date()).isoformat(),
        title=words("archive.revocation", kind=kind) if told.revokes else kind,
        about=about,
        facts=tuple(_facts(words, told, archive)),
        document=_document(words, told) if documents else "",
        digest=f"{told.proof.sha256[:SHOWN]}…" if documents and told.proof else "",
        source=_source(words, entry, documents=documents),
        recorded=full_moment(entry.recorded_at),
        chips=tuple(_chips(words, entry, today)),
        replace_href=change,
        revoke_href=f"{change}&revokes=1" if change and not told.revokes else None,
        before=tuple(build_entry_view(words, each, archive, today=today, documents=documents) for each in before),
    )


def _facts(words: Words, told: NewRecord, archive: Archive) -> Iterable[Fact]:
    if told.revokes:
        yield Fact(words("archive_field.effect"), str(told.valid_from))
        return
    for field in KINDS[told.kind].fields_for(told.holder.kind):
        value = getattr(told, field.column) if field.column else told.details.get(field.name)
        concerned = archive.entries.get(told.concerns) if told.concerns and field.shape is Shape.RECORD else None
        value = concerned.told.key if concerned else value
        if value not in (None, ""):
            yield Fact(words(f"archive_field.{field.name}"), write_value(words, field, value))
    if told.division:
        yield Fact(words("archive_field.division"), write_division(words, told.division))
    if told.kind is RecordKind.PENALTY and told.code and told.document_date:
        instrument = instrument_of(told.document_date)
        basis = instrument.en if words.lang == "en" else instrument.zh
        grade = words(f"archive_choice.{told.code}")
        yield Fact(
            words("archive_field.severity"), words("archive.severity", grade=grade, basis=basis, tag=instrument.tag)
        )


def write_value(words: Words, field: Field, value: object) -> str:
    """A field's value in words."""
    if isinstance(value, list):
        return words("archive.and").join(write_value(words, field, each) for each in value)
    if field.shape is Shape.NUMBER and isinstance(value, int):
        return write_number(value)
    return _write_text(words, field, str(value))


def _write_text(words: Words, field: Field, text: str) -> str:
    if field.listed is not None:
        return code_title(words, field.listed, text)
    if field.shape is Shape.DIVISIONS:
        return write_division(words, text)
    if field.shape in (Shape.CHOICE, Shape.ALL):
        return words(f"archive_choice.{text}")
    return words(f"goods.{text}") if field.name == "category" else text


def code_title(words: Words, name: CodeList, code: str) -> str:
    """A code of a list in the page's language."""
    found = load_codes().lists[name].get(code)
    return code if found is None else found.en if words.lang == "en" else found.zh


def write_division(words: Words, code: str) -> str:
    """A division's full name; the nation for `*`."""
    if code == NATION:
        return words("archive.nation")
    known = division_of(code)
    return known.full_name if known else code


def _document(words: Words, told: NewRecord) -> str:
    if told.proof is None:
        return ""
    title = code_title(words, CodeList.PROOF, told.proof.type)
    keeper = words(f"archive_choice.{told.proof.held_by}")
    return words("archive.document", title=title, name=told.proof.name, keeper=keeper)


def _source(words: Words, entry: Entry, *, documents: bool) -> str:
    told = entry.told
    source = words(f"archive_source.{told.source}")
    if told.department:
        source = f"{source}: {code_title(words, CodeList.DEPARTMENT, told.department)}"
    return words("archive.source_by", source=source, who=entry.entered_by) if documents else source


def _chips(words: Words, entry: Entry, today: date) -> Iterable[Chip]:
    told, day = entry.told, entry.told.document_date
    if told.revokes:
        yield Chip(words("archive.revoked"), "note")
    if told.kind is RecordKind.OUTLET and told.valid_from is not None and not told.revokes:
        yield _filing_chip(words, entry, today)
    if (
        told.kind is RecordKind.LICENCE
        and told.valid_until is not None
        and not told.revokes
        and told.valid_until < today
    ):
        yield Chip(words("archive.expired"), "warn")
    if day is not None and is_backdated(day, entry.recorded_at):
        yield Chip(words("archive.backdated"), "note")
    if day is not None and is_after_close(day, entry.recorded_at):
        yield Chip(words("archive.after_close", year=day.year, day=f"{close_of(day.year):%Y-02-15}"), "warn")
    if told.source is Source.DECLARED:
        yield Chip(words("archive.unchecked"), "note")


def _filing_chip(words: Words, entry: Entry, today: date) -> Chip:
    assert entry.told.valid_from is not None
    filing, law = filing_of(entry), filing_law(entry.told.valid_from)
    if filing.filed_on is not None:
        late = filing.is_missed(today)
        return Chip(
            words("archive.filed_late" if late else "archive.filed", day=filing.due.day), "warn" if late else ""
        )
    if filing.is_missed(today):
        return Chip(words("archive.filing_missed", day=filing.due.day, article=law.article, order=law.order), "bad")
    return Chip(words("archive.filing_due", day=filing.due.day, article=law.article, order=law.order), "note")
