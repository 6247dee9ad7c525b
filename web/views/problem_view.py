"""The problem page (错误页): what happened, what is safe, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from web.views.division_choices import DivisionChoices
from web.words import Words
from web.wrong_parameters import Wrong

RANKING_PROBLEMS = ("window-invalid", "division-unknown", "carrier-not-found", "code-malformed", "page-token-invalid",
                    "carriers-miscounted", "run-not-found", "figure-unknown")  # fmt: skip
RANKINGS = "/rankings"
ACCOUNT_PROBLEMS = ("not-allowed", "second-factor-stale", "login-unfinished")


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Everything the template places; `wrong` says of each parameter what is, `actions` what to do, in order."""

    status: int
    title: str
    happened: str
    wrong: tuple[str, ...]
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
    path: str = "",
    number: str = "",
    hint: str | None = None,
    wrong: Iterable[Wrong] = (),
    divisions: DivisionChoices | None = None,
) -> ProblemView:
    """The page of one problem; `number` is the waybill number asked for, `hint` what it looks like."""
    title = words.find(f"problem.{name}.title") or words("problem.other.title")
    happened = words.find(f"problem.{name}.happened") or words("problem.other.happened")
    actions = (words.find(f"problem.{name}.action_{place}") for place in (1, 2, 3))
    place, onward_href = _onward(name, path)
    said = tuple(action for action in actions if action)
    return ProblemView(
        status=status,
        title=title,
        happened=happened.format(number=number) if number else happened,
        wrong=tuple(_write_wrong(words, each) for each in wrong if each.name),
        actions=((hint,) if hint else ()) + (said or (words("problem.other.action_1"),)),
        number=number,
        onward=words(f"problem.{place}"),
        onward_href=onward_href,
        divisions=divisions,
    )


def _write_wrong(words: Words, wrong: Wrong) -> str:
    """Which parameter, what it got, and what is asked for."""
    asked_for = words(f"wrong.{wrong.rule}", allowed=words("wrong.comma").join(wrong.allowed), limit=wrong.limit)
    if wrong.got is None:
        return words("wrong.line", name=wrong.name, asked_for=asked_for)
    return words("wrong.line_got", name=wrong.name, got=wrong.got, asked_for=asked_for)


def _onward(name: str, path: str) -> tuple[str, str]:
    """Where to go on from a problem: the words' key, and the address."""
    if name in RANKING_PROBLEMS or path.startswith(RANKINGS):
        return "to_rankings", RANKINGS
    if name in ACCOUNT_PROBLEMS:
        return "to_account", "/account"
    return "home", "/"
