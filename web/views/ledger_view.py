"""The access ledger's view (查阅台账): its lines worded, and whether they follow from one another."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.realname.access_ledger import Access
from tracker.realname.ledger_reading import LedgerPage
from web.views.parts import Chip
from web.views.times import Moment, full_moment
from web.words import Words, write_number

PATH = "/vault/ledger"


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One opening, or a try that was refused; nothing of the person in the record."""

    number: int
    at: Moment
    opener: str
    role: str
    waybill_no: str
    subject: str
    purpose: str
    case_no: str
    chip: Chip


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Everything the template places; `chain` is None where the vault is away."""

    lead: str
    chain: Chip | None
    head: str
    rows: tuple[LedgerLine, ...]
    export_href: str
    next_href: str | None
    first_href: str
    is_first: bool


def build_ledger_view(
    words: Words,
    entries: Sequence[Access],
    page: LedgerPage | None,
    *,
    is_own: bool,
    next_token: str | None,
    is_first: bool,
) -> LedgerView:
    """The view of one page; `page` is None where the vault did not answer."""
    return LedgerView(
        lead=words("ledger.lead_own" if is_own else "ledger.lead"),
        chain=_chain(words, page) if page else None,
        head=f"{page.lines}:{page.head}" if page and page.lines and page.broken_at is None else "",
        rows=tuple(_line(words, each) for each in entries),
        export_href=f"{PATH}.csv",
        next_href=f"{PATH}?next={next_token}" if next_token else None,
        first_href=PATH,
        is_first=is_first,
    )


def _chain(words: Words, page: LedgerPage) -> Chip:
    if page.broken_at is not None:
        return Chip(words("ledger.broken", line=write_number(page.broken_at)), "bad")
    return Chip(words.count("ledger.holds", page.lines), "")


def _line(words: Words, entry: Access) -> LedgerLine:
    opened = entry.outcome == "opened"
    refused = words.find(f"vault_refused.{entry.outcome}") or entry.outcome
    return LedgerLine(
        number=entry.no,
        at=full_moment(entry.at),
        opener=entry.opener,
        role=words.find(f"role.{entry.role}") or entry.role,
        waybill_no=entry.waybill_no,
        subject=words.find(f"subject.{entry.subject}") or entry.subject,
        purpose=words.find(f"purpose.{entry.purpose}") or entry.purpose,
        case_no=entry.case_no,
        chip=Chip(words("ledger.opened"), "") if opened else Chip(refused, "warn"),
    )
