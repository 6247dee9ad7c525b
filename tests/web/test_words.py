"""The words (文案): both catalogues say the same things, and every page's words are there."""

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest

from credit_scoring.archive.codes import InfoClass
from credit_scoring.archive.holder import HolderKind
from credit_scoring.archive.kinds import KINDS, RecordKind
from credit_scoring.archive.parse import COMMON
from credit_scoring.archive.record import Source
from credit_scoring.complaints.case import Answer, Ground, Kind
from credit_scoring.complaints.codes.categories import Category, Cause
from credit_scoring.complaints.codes.terms import TermName
from credit_scoring.complaints.standing import CaseState
from credit_scoring.errors import RecordFault
from credit_scoring.evidence.indicators import Unit
from credit_scoring.evidence.measure import Unknown
from credit_scoring.scheme.draft import DraftFault
from credit_scoring.scoring.changes import Turn
from credit_scoring.scoring.provinces import Missing
from credit_scoring.scoring.ranking import UnrankedReason
from credit_scoring.scoring.rhythm import Rhythm
from credit_scoring.voices.rules import voice_rules
from tracker.access.api_tokens import TokenScope
from tracker.access.audit import Action, Outcome
from tracker.access.roles import Level, Role
from tracker.chain.findings import Finding
from tracker.chain.state import State
from tracker.provenance.product_story import StageKind
from tracker.realname.rights_requests import (
    ExtensionReason,
    RefusalReason,
    Requester,
    RequestKind,
    RequestState,
)
from tracker.store.silence import Voice
from tracker.wire.goods import PROHIBITED
from tracker.wire.steps import Step
from web.errors import QuestionRefused
from web.problems import HTTP_PROBLEMS, PROBLEMS
from web.runs.map_paths import MapColumn
from web.views.periods import periods_on
from web.words import LANGUAGES, Words, load_catalogue, write_number
from web.wrong_parameters import RULES

WEB = Path(__file__).parents[2] / "web"
CATALOGUES = {lang: load_catalogue(lang) for lang in LANGUAGES}
USE = re.compile(r"""\b(?:t|words|find|count)\(\s*f?["']([a-z0-9_.{}-]+)["']""")
IN_TABLES = {"{name}": r"[^.]+"}
COUNTED = re.compile(r"""count\(\s*["']([a-z0-9_.]+)["']""")
BY_CODE = {
    "state": [*State, "none"],
    "step": list(Step),
    "finding": list(Finding),
    "unknown": list(Unknown),
    "unranked": list(UnrankedReason),
    "unranked.title": list(UnrankedReason),
    "product.stage": list(StageKind),
    "devices.state": list(Voice),
    "role": list(Role),
    "level": list(Level),
    "token_scope": [each.label for each in TokenScope],
    "action": list(Action),
    "audit.ended": list(Outcome),
    "draft_refused": list(DraftFault),
    "complaint.category": list(Category),
    "complaint.cause": list(Cause),
    "complaint.state": list(CaseState),
    "complaint.answer": list(Answer),
    "complaint.ground": list(Ground),
    "complaint.told": [*Kind, "filed"],
    "complaint.owed": list(TermName),
    "rights_kind": list(RequestKind),
    "rights_state": list(RequestState),
    "requester": list(Requester),
    "refusal": list(RefusalReason),
    "extension": list(ExtensionReason),
    "answered": list(RequestKind),
    "since.turns": list(Turn),
    "trend.rhythm": list(Rhythm),
    "map.column": list(MapColumn),
    "map.missing": list(Missing),
    "period": list(periods_on(date(2026, 11, 22))),
    "unit": list(Unit),
    **{f"rules.number.{each.doubt}": list(each.numbers) for each in voice_rules().doubts.values() if each.numbers},
    "time.month": [str(month) for month in range(1, 13)],
    "archive_kind": list(RecordKind),
    "archive_holder": list(HolderKind),
    "archive_source": list(Source),
    "archive_fault": list(RecordFault),
    "archive_field": sorted({field.name for kind in KINDS.values() for field in kind.fields} | set(COMMON)),
    "archive_choice": sorted({each for kind in KINDS.values() for field in kind.fields for each in field.choices}),
    "info_class": list(InfoClass),
    "goods": sorted(PROHIBITED),
    "duty.identity": ["done", "missing"],
    "duty.inspection": ["done", "missing"],
    "duty.screening": ["done", "missing"],
    "wrong": [
        *RULES,
        *(each.parameter for each in QuestionRefused.__subclasses__() if each.parameter),
        "date_invalid",
        "date_out_of_range",
        "window_empty",
    ],
}


def sources() -> str:
    files = [*WEB.rglob("*.py"), *WEB.rglob("*.html")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def is_used(key: str, text: str, patterns: list[re.Pattern[str]]) -> bool:
    names = {key, key.removesuffix(".one").removesuffix(".other")}
    named = any(f'"{name}"' in text or f"'{name}'" in text for name in names)
    return named or any(pattern.fullmatch(name) for pattern in patterns for name in names)


def test_both_languages_have_the_same_keys() -> None:
    assert CATALOGUES["zh-CN"].keys() == CATALOGUES["en"].keys()


@pytest.mark.parametrize("key", sorted(CATALOGUES["en"]))
def test_both_languages_fill_the_same_places(key: str) -> None:
    places = [{name for _, name, _, _ in Formatter().parse(CATALOGUES[lang][key]) if name} for lang in LANGUAGES]
    assert places[0] == places[1]


def test_every_word_that_code_or_templates_name_is_there() -> None:
    known = CATALOGUES["en"]
    named = {key for key in USE.findall(sources()) if "{" not in key and "." in key}
    missing = {key for key in named if key not in known and f"{key}.one" not in known}
    assert missing == set()


def test_every_word_is_used() -> None:
    text = sources()
    patterns = [
        re.compile(re.sub(r"\\\{[^}]*\\\}", "[^.]+", re.escape(key))) for key in USE.findall(text) if "{" in key
    ]
    unused = {key for key in CATALOGUES["en"] if not is_used(key, text, patterns)}
    assert unused == set()


@pytest.mark.parametrize("table", sorted(BY_CODE))
def test_every_code_has_its_word(table: str) -> None:
    for lang in LANGUAGES:
        missing = [code for code in BY_CODE[table] if f"{table}.{code}" not in CATALOGUES[lang]]
        assert missing == []


def test_every_problem_that_a_page_can_meet_says_what_to_do() -> None:
    only_for_programs = {"station-not-found", "product-conflict", "body-too-large", "not-ready",
                         "method-not-allowed", "login-unfinished"}  # fmt: skip
    names = {problem.name for problem in (*PROBLEMS.values(), *HTTP_PROBLEMS.values())} - only_for_programs
    for lang in LANGUAGES:
        for part in ("title", "happened", "action_1"):
            assert [name for name in sorted(names) if f"problem.{name}.{part}" not in CATALOGUES[lang]] == []


def test_a_missing_word_is_an_error_and_not_a_key_on_the_page() -> None:
    with pytest.raises(KeyError):
        Words("en", {})("nothing.here")


def test_one_and_many_are_said_apart() -> None:
    words = Words("en", CATALOGUES["en"])
    assert words.count("time.hours", 1) == "1 hour"
    assert words.count("time.hours", 2000) == "2,000 hours"
    assert write_number(1234567) == "1,234,567"
