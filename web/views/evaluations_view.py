"""The evaluations page's view (监管评价): whom, the checklist with its answers, and what was recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from credit_scoring.voices.checklist import Answer, Checked, Checklist, checklist_of
from credit_scoring.voices.voice import Voice
from tracker.store.registry import Carrier, Station
from web.accounts.forms import Form
from web.views.names import carrier_name
from web.views.parts import Choice
from web.views.voice_parts import VoiceCard, build_card, say
from web.words import Words


@dataclass(frozen=True, slots=True)
class ItemField:
    """One item and its answers."""

    name: str
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A checklist to fill in."""

    title: str
    version: str
    subject: str
    inspection: str
    today: str
    groups: tuple[tuple[str, tuple[ItemField, ...]], ...]


@dataclass(frozen=True, slots=True)
class EvaluationsView:
    """Everything the template places."""

    csrf: str
    said: str
    carriers: tuple[Choice, ...]
    carrier: str
    station: str
    sheet: Sheet | None
    made: tuple[tuple[str, VoiceCard], ...]


def build_evaluations_view(
    words: Words,
    known: Mapping[str, Carrier],
    made: Sequence[Voice],
    *,
    carrier: str,
    station: Station | None,
    inspection: UUID,
    today: date,
    csrf: str,
    said: str,
    form: Form | None,
) -> EvaluationsView:
    """The page; `form` is what was sent where it is shown again."""
    names = {code: carrier_name(words, code, each).text for code, each in known.items() if not each.is_dataset}
    sheet = None
    if carrier:
        listed = checklist_of(Checked.STATION if station else Checked.CARRIER, today)
        subject = names.get(carrier, carrier) + (f" · {station.name or station.code}" if station else "")
        sheet = _sheet(words, listed, subject, inspection=inspection, today=today, form=form)
    return EvaluationsView(
        csrf=csrf,
        said=said,
        carriers=tuple(Choice(code, name, code == carrier) for code, name in sorted(names.items())),
        carrier=carrier,
        station=station.code if station else "",
        sheet=sheet,
        made=tuple((names.get(each.carrier, each.carrier), build_card(words, each)) for each in made),
    )


def _sheet(words: Words, listed: Checklist, subject: str, *, inspection: UUID, today: date, form: Form | None) -> Sheet:
    groups = tuple(
        (say(words, phrase), tuple(_item(words, item.code, say(words, item.words), form) for item in listed.items
                                   if item.dimension == code))
        for code, phrase in listed.dimensions.items()
    )  # fmt: skip
    return Sheet(
        title=say(words, listed.title),
        version=listed.version,
        subject=subject,
        inspection=form("inspection") if form else str(inspection),
        today=form("day") if form else str(today),
        groups=groups,
    )


def _item(words: Words, code: str, title: str, form: Form | None) -> ItemField:
    name = f"item.{code}"
    chosen = form(name) if form else Answer.NOT_SEEN
    return ItemField(name, title, tuple(Choice(each, words(f"answer.{each}"), each == chosen) for each in Answer))
