"""The docs (文档): every public word has its entry, no entry outlives its word, links lead somewhere."""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
import typer

from credit_scoring.archive.holder import HolderKind
from credit_scoring.archive.kinds import KINDS, RecordKind
from credit_scoring.complaints.codes.categories import CAUSES_OF
from credit_scoring.complaints.codes.channels import channels
from credit_scoring.errors import ComplaintFault, RecordFault
from credit_scoring.evidence.catalogue import INDICATORS
from credit_scoring.evidence.indicators import Direction
from credit_scoring.governance.objections.refusals import ObjectionRefusal
from credit_scoring.scheme.draft import DraftFault
from credit_scoring.voices.refusals import Refusal
from credit_scoring.voices.rules import Doubt
from scanners.identity.reasons import Caution, Reason
from scanners.replay_row import UnreadableCode
from tracker.access.api_tokens import TokenScope
from tracker.access.audit import Action
from tracker.access.roles import Role
from tracker.chain.findings import GAPS, Finding
from tracker.chain.state import State
from tracker.wire.errors import RefusalCode, RejectionCode
from tracker.wire.steps import EPCIS, Step
from web.cli.program import app
from web.problems import HTTP_PROBLEMS, PROBLEMS
from web.settings import Settings

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ADRS = sorted((DOCS / "adr").glob("*.md"))
PAGES = sorted({ROOT / "README.md", *DOCS.rglob("*.md")})
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ONE_PAGE_LINES, ONE_PAGE_WORDS = 50, 400
SCRIPT_VARIABLES = {"JIXIN_VENV", "CI", "JIXIN_QUESTIONS"}  # read by ./jixin and by tests, not by the program


def section_of(path: Path, heading: str | None) -> str:
    """A page, or the part of it under one heading."""
    text = path.read_text(encoding="utf-8")
    if heading is None:
        return text
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(heading))


def rows_of(page: str, heading: str | None = None) -> dict[str, list[str]]:
    """The table rows that begin with a word in backticks: word → the other cells."""
    rows: dict[str, list[str]] = {}
    for line in section_of(DOCS / page, heading).splitlines():
        if match := re.match(r"\| `([^`]+)` \| (.+) \|$", line):
            assert match[1] not in rows, f"{page}: {match[1]} stands twice"
            rows[match[1]] = [cell.strip() for cell in match[2].split(" | ")]
    return rows


def values(words: Iterable[str]) -> set[str]:
    return {str(word) for word in words}


def test_every_setting_has_an_entry_and_its_default() -> None:
    rows = rows_of("settings.md")
    assert rows.keys() == {f"JIXIN_{name.upper()}" for name in Settings.model_fields} | SCRIPT_VARIABLES
    for name, setting in Settings.model_fields.items():
        cell = rows[f"JIXIN_{name.upper()}"][0]
        default = f"./{setting.default}" if name == "data_dir" else setting.default
        if default is not None:
            assert cell == f"`{default}`"
        else:
            assert "`" not in cell


def test_the_readme_draws_the_stages_that_are_told() -> None:
    drawn = re.search(r"^ (read ─▶ .+)$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    told = re.findall(
        r"^\| \**([a-z ]+?)\** \S+ \|", (DOCS / "stages.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert drawn
    assert drawn[1].split(" ─▶ ") == told


def test_every_step_stands_in_the_glossary_in_order_with_its_epcis_words() -> None:
    rows = rows_of("glossary.md", "Steps")
    assert list(rows) == [str(step) for step in Step]
    for step, mapping in EPCIS.items():
        told = [mapping.event_type, mapping.action, mapping.biz_step, mapping.disposition]
        assert rows[step][1:] == told, step


def test_every_state_stands_in_the_glossary() -> None:
    assert rows_of("glossary.md", "States").keys() == values(State)


def test_every_indicator_stands_in_the_glossary_and_says_what_is_better() -> None:
    rows = rows_of("glossary.md", "Indicators")
    assert rows.keys() == {str(indicator.name) for indicator in INDICATORS}
    for indicator in INDICATORS:
        assert rows[indicator.name][0] == indicator.title_zh
        assert rows[indicator.name][-1] == ("higher" if indicator.direction is Direction.HIGHER else "lower")


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("Refused batches", RefusalCode),
        ("Rejected events", RejectionCode),
        ("Unreadable rows", UnreadableCode),
        ("Findings", Finding),
        ("Refusals at the counter", Reason),
        ("Cautions at the counter", Caution),
        ("Refused voices", Refusal),
        ("Doubts about reviews", Doubt),
        ("Complaints", ComplaintFault),
        ("Refused objections", ObjectionRefusal),
        ("Archive records", RecordFault),
        ("Drafts of schemes", DraftFault),
    ],
    ids=[
        "refusals",
        "rejections",
        "replay",
        "findings",
        "gate",
        "cautions",
        "voices",
        "doubts",
        "complaints",
        "objections",
        "archive",
        "drafts",
    ],
)
def test_every_code_says_what_to_do(heading: str, codes: Iterable[str]) -> None:
    rows = rows_of("codes.md", heading)
    assert rows.keys() == values(codes)
    assert all(len(cells) == 3 and all(cells) for cells in rows.values())


def test_the_findings_that_are_gaps_say_so() -> None:
    rows = rows_of("codes.md", "Findings")
    assert {code for code, cells in rows.items() if cells[1].endswith("(gap)")} == values(GAPS)


def test_the_channels_and_causes_of_complaints_stand_as_the_data_has_them() -> None:
    told = {code: cells[1:] for code, cells in rows_of("codes.md", "Channels of complaints").items()}
    assert told == {
        code: [
            each.procedure,
            (each.valid_to - timedelta(days=1)).isoformat() if each.valid_to else "–",
            f"`{each.successor}`" if each.successor else "–",
        ]
        for code, each in channels().items()
    }
    causes = {category: cells[1] for category, cells in rows_of("codes.md", "Causes of complaints").items()}
    assert causes == {category: ", ".join(f"`{each}`" for each in some) for category, some in CAUSES_OF.items()}


def test_every_audited_action_stands_in_the_codes() -> None:
    rows = rows_of("codes.md", "Audited actions")
    assert rows.keys() == values(Action)
    assert all(len(cells) == 3 for cells in rows.values())


def test_every_kind_of_record_and_of_holder_stands_in_the_glossary() -> None:
    rows = rows_of("glossary.md", "Archives")
    assert rows.keys() == values(RecordKind) | values(HolderKind)
    told = {name: rows[name][1].replace("`", "").split(", ") for name in KINDS}
    assert told == {name: [str(field.name) for field in kind.fields] for name, kind in KINDS.items()}


def test_every_role_and_every_scope_of_a_token_is_explained() -> None:
    assert rows_of("glossary.md", "Roles").keys() == values(Role)
    assert rows_of("operations.md", "Accounts").keys() == values(TokenScope)


def test_every_problem_over_http_has_an_entry_with_its_status() -> None:
    problems = {*PROBLEMS.values(), *HTTP_PROBLEMS.values()}
    told = {name: int(cells[0]) for name, cells in rows_of("codes.md", "Problems over HTTP").items()}
    assert told == {problem.name: problem.status for problem in problems}


def test_every_command_has_an_entry() -> None:
    commands = getattr(typer.main.get_command(app), "commands", {})
    assert rows_of("operations.md").keys() >= {f"jixin {name}" for name in commands}
    assert {row for row in rows_of("operations.md") if row.startswith("jixin ")} == {f"jixin {c}" for c in commands}


def test_every_command_and_option_explains_itself() -> None:
    command = typer.main.get_command(app)
    silent = [
        f"{name} {parameter.name}"
        for name, each in getattr(command, "commands", {}).items()
        for parameter in each.params
        if not getattr(parameter, "help", None)
    ]
    assert silent == []


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_a_decision_is_one_page(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= ONE_PAGE_LINES
    assert len(text.split()) <= ONE_PAGE_WORDS
    assert text.startswith(f"# {int(path.stem[:4])}. ")
    assert re.search(r"^(Accepted|Superseded by \[\d+\])", text, flags=re.MULTILINE)


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.stem[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


def test_the_readme_begins_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    assert block is not None
    assert [line.split("#")[0].strip() for line in block[1].splitlines()] == ["./jixin demo", "./jixin test"]
    assert text[: block.start()].count("\n") <= 8, "what it is in three sentences, then the commands"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_inside_the_house_lead_somewhere(path: Path) -> None:
    broken = []
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        page = (path.parent / name).resolve() if name else path
        if not page.exists() or (anchor and anchor not in anchors_of(page)):
            broken.append(target)
    assert broken == []


def anchors_of(page: Path) -> set[str]:
    """The anchors that a reader's forge makes of headings: lower case, blanks as hyphens, punctuation gone."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_every_page_of_the_docs_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        for target in LINK.findall(page.read_text(encoding="utf-8")):
            file = (page.parent / target.partition("#")[0]).resolve()
            if file.is_dir():
                waiting += file.glob("*.md")
            elif file.suffix == ".md" and file.is_file():
                waiting.append(file)
    assert set(PAGES) <= reached
