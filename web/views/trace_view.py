"""The trace page (轨迹页): where the parcel is, what is known, what is missing."""

from dataclasses import dataclass
from datetime import datetime

from credit_scoring.scoring.assess import Assessment
from credit_scoring.scoring.ranking import Ranked
from tracker.chain.parcel import Parcel
from tracker.chain.scan import Scan
from tracker.chain.state import FINAL
from tracker.chain.trace import Trace
from web.views.complaint_form_view import buttons_of
from web.views.door_view import DoorView
from web.views.figures import figures_of, write_objections, write_score
from web.views.names import Directory, Name, carrier_name, city_name, places_of
from web.views.open_details import write_details
from web.views.parts import Chip, Seal, Waybill, grade_seal, state_chip, write_waybill
from web.views.promise import Due, build_due, build_summary, feed_ends_early, is_overdue
from web.views.timeline import Entry, Gap, build_entry, build_line, tell_nothing
from web.views.times import Moment, full_moment, long_moment
from web.words import Words


@dataclass(frozen=True, slots=True)
class CreditLine:
    """The carrier's grade, its score with the interval, and what these rest on and as of when."""

    grade: Seal
    text: str
    basis: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty at acceptance: shown as done, or that its mark is missing."""

    text: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class ComplainLink:
    """A way to complain of this parcel."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class TraceView:
    """Everything the template places, in its order."""

    waybill: Waybill
    chips: tuple[Chip, ...]
    at: Moment
    places: tuple[Name, ...]
    summary: tuple[str, ...]
    carrier: Name
    carrier_href: str
    credit: CreditLine | None
    route: tuple[Name | None, ...]
    duties: tuple[Duty, ...]
    due: Due | None
    imported: str | None
    archived: tuple[str, ...]
    proof: str
    proof_href: str | None
    line: tuple[Entry | Gap, ...]
    corrected_title: str
    corrected: tuple[Entry, ...]
    page_url: str
    qr_svg: str
    qr_png: str
    door: DoorView
    review_href: str | None
    complain: tuple[ComplainLink, ...]
    as_of: str


def build_trace_view(
    words: Words,
    trace: Trace,
    *,
    known: Directory,
    now: datetime,
    page_url: str,
    credit: CreditLine | None,
    door: DoorView,
    has_recipient: bool,
) -> TraceView:
    """The page of one trace as of `now`; what more it tells where the door is open is nothing personal.

    `has_recipient`: the recipient's telephone is known, so that they can prove to be it and review.
    """
    parcel = trace.parcel
    decisive = _decisive(trace)
    number = parcel.waybill_no

    def place(carrier: str, station: str) -> tuple[Name, ...]:
        """Where a scan was; whose station it is, where that is not the parcel's carrier."""
        other = () if carrier == parcel.carrier else (carrier_name(words, carrier, known.carriers.get(carrier)),)
        return (*other, *places_of(words, carrier, station, known))

    def tell(scan: Scan) -> tuple[str, ...]:
        return write_details(words, scan, known)

    return TraceView(
        waybill=write_waybill(number),
        chips=_chips(words, parcel, now),
        at=long_moment(words, decisive.at, now=now),
        places=places_of(words, decisive.carrier, decisive.station, known) if decisive.station else (),
        summary=tuple(build_summary(words, parcel, now)),
        carrier=carrier_name(words, parcel.carrier, known.carriers.get(parcel.carrier)),
        carrier_href=f"/carriers/{parcel.carrier}",
        credit=credit,
        route=_route(words, parcel),
        duties=_duties(words, parcel),
        due=build_due(words, parcel, now),
        imported=_imported(words, parcel),
        archived=tuple(
            words.count("trace.archived", each.scans, month=each.month, moment=full_moment(each.archived_at).text)
            for each in trace.archived
        ),
        proof=_proof(words, trace),
        proof_href=None if trace.archived else f"/api/v1/parcels/{number}/proof",
        line=build_line(
            words, trace, now=now, place=place, tell=tell if door.is_open else tell_nothing, is_open=door.is_open
        ),
        corrected_title=words.count("trace.corrected", len(trace.corrected)),
        corrected=tuple(
            build_entry(words, each, (), now=now, places=place(each.carrier, each.station))
            for each in reversed(trace.corrected)
        ),
        page_url=page_url,
        qr_svg=f"/t/{number}/qr.svg",
        qr_png=f"/t/{number}/qr.png",
        door=door,
        review_href=f"/t/{number}/review" if parcel.delivered_at and has_recipient else None,
        complain=_complain(words, parcel),
        as_of=words("trace.as_of_opened" if door.is_open else "trace.as_of", moment=full_moment(now).text),
    )


def _proof(words: Words, trace: Trace) -> str:
    """How many records there are, and who signed them; of archived ones where their signatures are."""
    if trace.archived:
        return words.count("trace.proof_archived", sum(each.scans for each in trace.archived))
    records = [*trace.scans, *trace.corrected]
    imported = sum(each.imported for each in records)
    if imported in (0, len(records)):
        return words.count("trace.proof_imported" if imported else "trace.proof", len(records))
    return words.count("trace.proof_mixed", len(records))


@dataclass(frozen=True, slots=True)
class _Decisive:
    """When the state came about, and where."""

    at: datetime
    carrier: str
    station: str | None


def _decisive(trace: Trace) -> _Decisive:
    """By the scan that made a final state, else the last one that counts; where none counts, the last one known.

    Where scans are archived the row tells; where even that counts none, the month in which they were.
    """
    parcel = trace.parcel
    if trace.archived:
        month = datetime.fromisoformat(f"{trace.archived[-1].month}-01T00:00:00+00:00")
        return _Decisive(parcel.final_at or parcel.last_time or month, parcel.carrier, parcel.last_station)
    scan = _decisive_scan(trace)
    return _Decisive(scan.event_time, scan.carrier, scan.station)


def _decisive_scan(trace: Trace) -> Scan:
    scans = trace.scans or trace.corrected
    state, final_at = trace.parcel.state, trace.parcel.final_at
    made_it = (scan for scan in scans if scan.event_time == final_at and state and scan.step.value == state.value)
    return next(made_it, scans[-1]) if state in FINAL else scans[-1]


def _chips(words: Words, parcel: Parcel, now: datetime) -> tuple[Chip, ...]:
    chips = [state_chip(words, parcel.state)]
    if is_overdue(parcel, now):
        chips.append(Chip(words("trace.overdue"), "bad"))
    if parcel.damaged:
        chips.append(Chip(words("trace.damaged"), "warn"))
    return tuple(chips)


def _route(words: Words, parcel: Parcel) -> tuple[Name | None, ...]:
    if parcel.origin is None and parcel.destination is None:
        return ()
    return (city_name(words, parcel.origin), city_name(words, parcel.destination))


def _duties(words: Words, parcel: Parcel) -> tuple[Duty, ...]:
    if parcel.accepted_at is None or parcel.imported:
        return ()
    marks = {"identity": parcel.identity_checked, "inspection": parcel.inspected}
    if parcel.screened or parcel.on_the_way:  # before the journey nothing had to pass the scanner
        marks["screening"] = parcel.screened
    return tuple(_duty(words, name, done) for name, done in marks.items())


def _duty(words: Words, name: str, done: bool) -> Duty:
    mark = "done" if done else "missing"
    return Duty(words(f"duty.{name}.{mark}"), done)


def _imported(words: Words, parcel: Parcel) -> str | None:
    if not parcel.imported:
        return None
    return words("trace.imported_until_acceptance" if feed_ends_early(parcel) else "trace.imported")


def build_credit_line(words: Words, assessment: Assessment, row: Ranked, *, objections: int) -> CreditLine:
    """The carrier's credit in one line, and in a second what a score is not shown without."""
    figures, scheme = figures_of(row.score), assessment.scheme
    return CreditLine(
        grade=grade_seal(figures.grade, tuple(grade.name for grade in scheme.grades)),
        text=words(
            "trace.credit_score",
            score=write_score(figures.score),
            low=write_score(figures.interval.low),
            high=write_score(figures.interval.high),
        ),
        basis=words(
            "trace.credit_basis",
            moment=full_moment(assessment.as_of).text,
            version=scheme.version,
            parcels=words.count("carrier.parcels", row.score.parcels),
            objections=write_objections(words, objections),
        ),
    )


def _complain(words: Words, parcel: Parcel) -> tuple[ComplainLink, ...]:
    """The two that are said most, and everything else."""
    page = f"/t/{parcel.waybill_no}/complaint"
    most = (ComplainLink(words(f"complaint.button.{each}"), f"{page}?cause={each}") for each in buttons_of(parcel))
    return (*most, ComplainLink(words("complaint.button.any"), page))
