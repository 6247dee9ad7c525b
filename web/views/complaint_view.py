"""A case in words (投诉件): where it is, by when who must answer, and what each side was told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from credit_scoring.complaints.case import Case, Party
from credit_scoring.complaints.codes.channels import channels
from credit_scoring.complaints.complaint_store import History
from credit_scoring.complaints.standing import CaseState, Standing
from credit_scoring.complaints.told import Message, find_messages
from tracker.store.registry import Carrier
from tracker.working_days import local_day_of
from web.views.names import carrier_name
from web.views.parts import Chip, Waybill, write_waybill
from web.views.times import Moment, full_moment, write_day
from web.words import Words

TONES: dict[CaseState, str] = {
    CaseState.AT_CARRIER: "note",
    CaseState.ANSWERED: "",
    CaseState.AT_REGULATOR: "note",
    CaseState.FOUND: "",
    CaseState.AT_MARKET: "note",
    CaseState.MEDIATING: "note",
    CaseState.CHECKING: "note",
    CaseState.DOCKETED: "note",
    CaseState.CLOSED: "",
    CaseState.WITHDRAWN: "warn",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Countdown:
    """By when who must answer: the answer first, then the day and the rule; tone as a chip's."""

    text: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One thing that was told."""

    at: Moment
    text: str
    by: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """What every page of a case shows."""

    receipt: str
    waybill: Waybill
    trace_href: str
    title: str
    chips: tuple[Chip, ...]
    countdown: Countdown | None
    facts: tuple[Fact, ...]
    messages: tuple[MessageLine, ...]
    as_of: Moment


def build_case_view(
    words: Words, history: History, *, party: Party, known: Mapping[str, Carrier], now: datetime
) -> CaseView:
    """The case as one party sees it."""
    case, standing = history.case, history.standing
    return CaseView(
        receipt=case.case_no,
        waybill=write_waybill(case.waybill_no),
        trace_href=f"/t/{case.waybill_no}",
        title=write_matter(words, case),
        chips=tuple(write_chips(words, standing, now)),
        countdown=write_countdown(words, standing, now),
        facts=tuple(_facts(words, standing, known)),
        messages=tuple(_message(words, each, case, known) for each in find_messages(case, history.events, party)),
        as_of=full_moment(now),
    )


def write_matter(words: Words, case: Case) -> str:
    """延误 · 中转或运输延误."""
    return f"{words(f'complaint.category.{case.category}')} · {words(f'complaint.cause.{case.cause}')}"


def write_chips(words: Words, standing: Standing, now: datetime) -> list[Chip]:
    """The state, and what is special about the case."""
    chips = [Chip(words(f"complaint.state.{standing.state}"), TONES[standing.state])]
    if standing.is_overdue(local_day_of(now)):
        chips.append(Chip(words("complaint.overdue"), "bad"))
    if standing.merged_into:
        chips.append(Chip(words("complaint.merged"), "note"))
    if standing.suspected_of:
        chips.append(Chip(words("complaint.suspected"), "warn"))
    if standing.case.channel != standing.case.channel_asked:
        chips.append(Chip(words("complaint.retired"), "warn"))
    return chips


def write_countdown(words: Words, standing: Standing, now: datetime) -> Countdown | None:
    """How long whoever owes the next answer has; None where nobody does."""
    deadline, term, owed_by = standing.deadline, standing.term, standing.owed_by
    if deadline is None or term is None or owed_by is None:
        return None
    left = (deadline.day - local_day_of(now)).days
    who = words(f"complaint.owed.{term.name}")
    rule = words("complaint.rule", rule=term.zh if words.lang == "zh-CN" else term.en)
    detail = words("complaint.until", day=write_day(words, deadline.day), rule=rule)
    if deadline.provisional:
        detail = f"{detail} {words('complaint.provisional')}"
    if left < 0:
        return Countdown(words.count("complaint.late", -left, who=who), detail, "bad")
    if left == 0:
        return Countdown(words("complaint.last_day", who=who), detail, "warn")
    return Countdown(words.count("complaint.left", left, who=who), detail, "warn" if left <= 2 else "note")


def write_channel(words: Words, code: str) -> str:
    """A channel's name."""
    channel = channels().get(code)
    return code if channel is None else channel.zh if words.lang == "zh-CN" else channel.en


def write_owner(words: Words, owner: str, known: Mapping[str, Carrier]) -> str:
    """Whom an owner's code names: a carrier, a line, a platform."""
    kind, _, code = owner.partition(":")
    if kind == "carrier":
        return carrier_name(words, code, known.get(code)).text
    return write_channel(words, code) if kind == "channel" else code


def _facts(words: Words, standing: Standing, known: Mapping[str, Carrier]) -> list[Fact]:
    case = standing.case
    asked = write_channel(words, case.channel)
    if case.channel != case.channel_asked:
        asked = words("complaint.routed", asked=write_channel(words, case.channel_asked), taker=asked)
    found = [
        Fact(words("complaint.received"), full_moment(case.received_at).text),
        Fact(words("complaint.channel"), asked),
        Fact(words("complaint.about"), carrier_name(words, case.carrier, known.get(case.carrier)).text),
        Fact(words("complaint.first_owner"), write_owner(words, case.first_owner, known)),
        Fact(words("complaint.holder"), write_owner(words, standing.holder, known)),
    ]
    if standing.answer:
        found.append(Fact(words("complaint.answered"), words(f"complaint.answer.{standing.answer}")))
    if standing.ground:
        found.append(Fact(words("complaint.appealed_for"), words(f"complaint.ground.{standing.ground}")))
    if standing.finding:
        found.append(Fact(words("complaint.finding"), _write_finding(words, standing, known)))
    if standing.merged_into:
        found.append(Fact(words("complaint.merged_into"), standing.merged_into))
    return found


def _write_finding(words: Words, standing: Standing, known: Mapping[str, Carrier]) -> str:
    finding = standing.finding
    assert finding is not None
    matter = f"{words(f'complaint.category.{finding.category}')} · {words(f'complaint.cause.{finding.cause}')}"
    key = "complaint.effective" if finding.effective else "complaint.not_effective"
    return words(key, carrier=carrier_name(words, finding.carrier, known.get(finding.carrier)).text, matter=matter)


def _message(words: Words, message: Message, case: Case, known: Mapping[str, Carrier]) -> MessageLine:
    data: dict[str, str] = dict.fromkeys(("answer", "ground", "to", "carrier", "due", "other"), "")
    told = message.data
    if "answer" in told:
        data["answer"] = words(f"complaint.answer.{told['answer']}")
    if "ground" in told:
        data["ground"] = words(f"complaint.ground.{told['ground']}")
    if "to" in told:
        data["to"] = write_owner(words, told["to"], known)
    if "carrier" in told:
        data["carrier"] = carrier_name(words, told["carrier"], known.get(told["carrier"])).text
    data |= {"due": told.get("due", ""), "other": told.get("into") or told.get("of") or told.get("other") or ""}
    return MessageLine(
        at=full_moment(message.at),
        text=words(f"complaint.told.{message.code}", **data),
        by=words(f"complaint.party.{message.by}"),
    )


def write_reasons(words: Words, data: Mapping[str, str]) -> Sequence[str]:
    """Why two cases are thought to be one matter: each reason with its points."""
    lines = []
    for part in data.get("reasons", "").split():
        at = max(part.rfind("+"), part.rfind("-"))
        reason, points = part[:at], part[at:]
        lines.append(f"{words(f'complaint.reason.{reason}')} {points}")
    return lines
