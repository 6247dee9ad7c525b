"""The problem page (错误页): what happened, what is safe, what to do."""

from dataclasses import dataclass

from web.views.division_choices import DivisionChoices
from web.words import Words

RANKING_PROBLEMS = ("window-invalid", "division-unknown", "carrier-not-found", "code-malformed", "page-token-invalid")


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Everything the template places; `actions` are things to do, in order."""

    status: int
    title: str
    happened: str
    actions: tuple[str, ...]
    number: str
    onward: str
    onward_href: str
    divisions: DivisionChoices | None


def build_problem_view(
    words: Words,
    name: str,
    status: int,
    *,
    number: str = "",
    hint: str | None = None,
    divisions: DivisionChoices | None = None,
) -> ProblemView:
    """The page of one problem; `number` is the waybill number asked for, `hint` what it looks like."""
    title = words.find(f"problem.{name}.title") or words("problem.other.title")
    happened = words.find(f"problem.{name}.happened") or words("problem.other.happened")
    actions = (words.find(f"problem.{name}.action_{place}") for place in (1, 2, 3))
    in_rankings = name in RANKING_PROBLEMS
    said = tuple(action for action in actions if action)
    return ProblemView(
        status=status,
        title=title,
        happened=happened.format(number=number) if number else happened,
        actions=((hint,) if hint else ()) + (said or (words("problem.other.action_1"),)),
        number=number,
        onward=words("problem.to_rankings" if in_rankings else "problem.home"),
        onward_href="/rankings" if in_rankings else "/",
        divisions=divisions,
    )
