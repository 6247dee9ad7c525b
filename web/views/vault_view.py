"""The vault page's view (实名保险库): a parcel's sealed records, the form that opens one, and what was in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tracker.realname.case_numbers import LENGTH
from tracker.realname.vault import OpeningPurpose
from tracker.store.identity_store import BoxState, RecordLine
from tracker.wire.sealing import PersonalContent
from web.views.parts import Chip
from web.views.times import Moment, full_moment
from web.words import Words

STATES = {BoxState.NEW: "new", BoxState.FITS: "fits", BoxState.BROKEN: "broken"}


@dataclass(frozen=True, slots=True)
class SealedLine:
    """One record, still shut."""

    record_id: str
    subject: str
    masked: tuple[str, ...]
    recorded: Moment
    chip: Chip


@dataclass(frozen=True, slots=True, repr=False)
class Fact:
    """One thing that was in a box. It does not show itself in a log."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class VaultView:
    """Everything the template places; `opened` is None until a record was opened, which is on record by then."""

    csrf: str
    waybill_no: str
    rows: tuple[SealedLine, ...]
    purposes: tuple[tuple[str, str, bool], ...]
    case_no: str
    case_length: int
    said: str
    opened: tuple[Fact, ...] | None
    opened_note: str


def build_vault_view(
    words: Words,
    records: Sequence[RecordLine],
    *,
    csrf: str,
    waybill_no: str,
    now: datetime,
    refused: str | None = None,
    opened: PersonalContent | None = None,
    request_no: str = "",
) -> VaultView:
    """The view of a parcel's records; `refused` is the vault's code where it did not open one.

    `request_no`: the rights request for which it was asked, which is then purpose and case.
    """
    chosen = OpeningPurpose.RIGHTS_REQUEST if request_no else None
    return VaultView(
        csrf=csrf,
        waybill_no=waybill_no,
        rows=tuple(sealed_line(words, each) for each in records),
        purposes=tuple((each.value, words(f"purpose.{each}"), each is chosen) for each in OpeningPurpose),
        case_no=request_no,
        case_length=LENGTH,
        said=words(f"vault_refused.{refused}") if refused else "",
        opened=_facts(words, opened) if opened is not None else None,
        opened_note=words("vault.opened_note", at=full_moment(now).text) if opened is not None else "",
    )


def sealed_line(words: Words, record: RecordLine) -> SealedLine:
    """A record as a list shows it."""
    state = STATES[BoxState(record.state)]
    masked = record.masked
    shown = (masked.name, masked.phone, masked.address, masked.document_number)
    return SealedLine(
        record_id=str(record.record_id),
        subject=words(f"subject.{record.subject}"),
        masked=tuple(text for text in shown if text),
        recorded=full_moment(record.record_time),
        chip=Chip(words(f"vault_state.{state}"), "bad" if state == "broken" else ""),
    )


def _facts(words: Words, content: PersonalContent) -> tuple[Fact, ...]:
    told = {name: getattr(content, name) for name in content.__struct_fields__ if name not in ("salt", "image")}
    told["document_kind"] = words.find(f"document_kind.{content.document_kind}") or content.document_kind
    facts = [Fact(words(f"content.{name}"), text) for name, text in told.items() if text]
    if content.image is not None:
        facts.append(Fact(words("content.image"), words("vault.image_size", kib=-(-len(content.image) // 1024))))
    return tuple(facts)


def record_id_in(text: str) -> UUID | None:
    """The id that a form sent; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
