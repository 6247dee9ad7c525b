"""The problem page (错误页): what happened, what is safe, what to do."""

from dataclasses import dataclass

from web.views.division_choices import DivisionChoices
from web.words import Words

RANKING_PROBLEMS = ("window-invalid", "division-unknown", "carrier-not-found", "code-malformed", "page-token-invalid",
                    "carriers-miscounted", "run-not-found", "figure-unknown")  # fmt: skip
ACCOUNT_PROBLEMS = ("not-allowed", "second-factor-stale", "login-unfinished")


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
    place, onward_href = _onward(name)
    said = tuple(action for action in actions if action)
    return ProblemView(
        status=status,
        title=title,
        happened=happened.format(number=number) if number else happened,
        actions=((hint,) if hint else ()) + (said or (words("problem.other.action_1"),)),
        number=number,
        onward=words(f"problem.{place}"),
        onward_href=onward_href,
        divisions=divisions,
    )


def _onward(name: str) -> tuple[str, str]:
    """Where to go on from a problem: the words' key, and the address."""
    if name in RANKING_PROBLEMS:
        return "to_rankings", "/rankings"
    if name in ACCOUNT_PROBLEMS:
        return "to_account", "/account"
    return "home", "/"
