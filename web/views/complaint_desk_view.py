"""A case at the desk in words (投诉件办理): what may be done to it, whom the scans point at, what it is like."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.complaints.acts import find_open_acts
from credit_scoring.complaints.case import Answer, Case, Ground, Kind, Party
from credit_scoring.complaints.codes.categories import CAUSES_OF, Category
from credit_scoring.complaints.complaint_store import History
from credit_scoring.complaints.holders import Proposal
from credit_scoring.complaints.standing import Standing
from tracker.store.registry import Carrier
from tracker.working_days import local_day_of
from web.views.complaint_form_view import CauseChoice, CauseGroup
from web.views.complaint_view import (
    CaseView,
    build_case_view,
    write_matter,
    write_reasons,
)
from web.views.names import carrier_name
from web.views.parts import Choice
from web.words import Words, write_number

BY_HAND = (  # acts with a form, in this order
    Kind.ANSWERED, Kind.FOUND, Kind.ACCEPTED, Kind.DECLINED, Kind.MEDIATED, Kind.DOCKETED, Kind.NOT_DOCKETED,
    Kind.REPORTER_TOLD, Kind.EXTENDED, Kind.TRANSFERRED, Kind.APPEALED, Kind.KEPT_APART, Kind.MERGED,
    Kind.FINDING_REVOKED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActForm:
    """One act: its button, and what must be chosen for it. `field` names the choice; `text_field` what is typed."""

    kind: str
    title: str
    note: str | None
    label: str
    field: str
    choices: tuple[Choice, ...]
    groups: tuple[CauseGroup, ...]
    text_field: str
    value: str
    is_main: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Another case that is, or may be, the same matter."""

    href: str
    receipt: str
    title: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeskCaseView:
    """A case with what may be done to it."""

    case: CaseView
    list_href: str
    action: str
    csrf: str
    said: str | None
    acts: tuple[ActForm, ...]
    proposal: str | None
    alike: Pair | None
    copies: tuple[Pair, ...]


def build_desk_case_view(
    words: Words,
    history: History,
    *,
    party: Party,
    path: str,
    csrf: str,
    said: str | None,
    proposal: Proposal | None,
    others: Mapping[str, History],
    known: Mapping[str, Carrier],
    now: datetime,
) -> DeskCaseView:
    """`others` are the case that leads or is suspected, and the copies, by number."""
    case, standing = history.case, history.standing
    offered = find_open_acts(standing, party, local_day_of(now))
    alike = standing.merged_into or standing.suspected_of
    return DeskCaseView(
        case=build_case_view(words, history, party=party, known=known, now=now),
        list_href=path,
        action=f"{path}/{case.case_no}",
        csrf=csrf,
        said=said,
        acts=tuple(_form(words, kind, standing, proposal, known) for kind in BY_HAND if kind in offered),
        proposal=_write_proposal(words, proposal, known),
        alike=_pair(words, others[alike], path, _why(history)) if alike and alike in others else None,
        copies=tuple(_pair(words, each, path, _why(each)) for number, each in others.items() if number != alike),
    )


def _form(
    words: Words, kind: Kind, standing: Standing, proposal: Proposal | None, known: Mapping[str, Carrier]
) -> ActForm:
    likely = proposal.carrier if proposal else ""
    carriers = [
        Choice(code, carrier_name(words, code, each).text, kind is Kind.FOUND and code == likely)
        for code, each in known.items()
        if not each.is_dataset
    ]
    choices: dict[Kind, tuple[str, list[Choice]]] = {
        Kind.ANSWERED: ("answer", [Choice(each, words(f"complaint.answer.{each}")) for each in Answer]),
        Kind.APPEALED: ("ground", [Choice(each, words(f"complaint.ground.{each}")) for each in Ground]),
        Kind.TRANSFERRED: ("to", carriers),
        Kind.FOUND: ("carrier", carriers),
        Kind.MERGED: ("into", []),
    }
    field, offered = choices.get(kind, ("", []))
    return ActForm(
        kind=kind,
        title=words(f"complaint.act.{kind}"),
        note=words.find(f"complaint.act_note.{kind}"),
        label=words(f"complaint.field.{field}") if field else "",
        field=field,
        choices=tuple(offered),
        groups=_groups(words, standing.case) if kind is Kind.FOUND else (),
        text_field="into" if kind is Kind.MERGED else "",
        value=(standing.suspected_of or "") if kind is Kind.MERGED else "",
        is_main=kind in (Kind.ANSWERED, Kind.FOUND),
    )


def _groups(words: Words, case: Case) -> tuple[CauseGroup, ...]:
    """Category and cause to confirm, as they were told."""
    told = f"{case.category}.{case.cause}"
    return tuple(
        CauseGroup(
            words(f"complaint.category.{category}"),
            tuple(
                CauseChoice(f"{category}.{cause}", words(f"complaint.cause.{cause}"), f"{category}.{cause}" == told)
                for cause in CAUSES_OF[category]
            ),
        )
        for category in Category
    )


def _write_proposal(words: Words, proposal: Proposal | None, known: Mapping[str, Carrier]) -> str | None:
    if proposal is None:
        return None
    carrier = carrier_name(words, proposal.carrier, known.get(proposal.carrier)).text
    return words(f"complaint.proposal.{proposal.reason}", carrier=carrier, station=proposal.station or "")


def _why(history: History) -> Mapping[str, str]:
    """What the latest merger or suspicion rests on."""
    told = [each.data for each in history.events if each.kind in (Kind.MERGED, Kind.SUSPECTED)]
    return told[-1] if told else {}


def _pair(words: Words, other: History, path: str, why: Mapping[str, str]) -> Pair:
    reasons = list(write_reasons(words, why))
    if "points" in why:
        reasons.append(words("complaint.points", points=write_number(int(why["points"]))))
    return Pair(f"{path}/{other.case.case_no}", other.case.case_no, write_matter(words, other.case), tuple(reasons))
