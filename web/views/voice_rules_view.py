"""The rules page's view (评价规则): the rules as they are used, in plain words."""

from dataclasses import dataclass

from credit_scoring.voices.checklist import Checked, Checklist, checklist_of
from credit_scoring.voices.rules import VoiceRules
from web.views.voice_parts import say
from web.words import Words


@dataclass(frozen=True, slots=True)
class DoubtLine:
    """What weighs less, how much of it is left, and by which numbers."""

    text: str
    worth: str
    numbers: str


@dataclass(frozen=True, slots=True)
class ListPart:
    """A checklist: its title, and the items of each dimension."""

    title: str
    version: str
    dimensions: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class RulesView:
    """Everything the template places."""

    version: str
    is_proposal: bool
    who: tuple[str, ...]
    counts: tuple[str, ...]
    kept: tuple[str, ...]
    doubts: tuple[DoubtLine, ...]
    lists: tuple[ListPart, ...]


def build_rules_view(words: Words, rules: VoiceRules) -> RulesView:
    """The page of one version."""
    minutes = int(rules.code_holds.total_seconds()) // 60
    return RulesView(
        version=rules.version,
        is_proposal=rules.is_proposal,
        who=(
            words("rules.consumer", days=rules.open_for.days, minutes=minutes, follow_ups=rules.follow_ups),
            words("rules.merchant", worth=rules.worth_per_parcel, most=rules.most_parcels),
            words("rules.regulator"),
        ),
        counts=(words("rules.share"), words("rules.latest"), words("rules.parcel"), words("rules.checklist_stars")),
        kept=(
            words("rules.never_deleted"),
            words("rules.no_text"),
            words("rules.origin", days=rules.kept_for.days),
        ),
        doubts=tuple(
            DoubtLine(
                each.en if words.lang == "en" else each.zh,
                words("rules.worth", percent=each.worth),
                words("rules.comma").join(
                    words(f"rules.number.{each.doubt}.{name}", n=number) for name, number in each.numbers.items()
                ),
            )
            for each in rules.doubts.values()
        ),
        lists=tuple(_part(words, checklist_of(subject, rules.valid_from)) for subject in Checked),
    )


def _part(words: Words, listed: Checklist) -> ListPart:
    dimensions = tuple(
        (say(words, phrase), tuple(say(words, item.words) for item in listed.items if item.dimension == code))
        for code, phrase in listed.dimensions.items()
    )
    return ListPart(say(words, listed.title), listed.version, dimensions)
