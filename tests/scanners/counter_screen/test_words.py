"""The page's words: both languages say the same, every word that is asked for is there, none is left over."""

import json
import re
from pathlib import Path
from typing import get_args

import scanners.counter
from scanners.counter.app import FAULTS
from scanners.counter.handling import CONSENTS, PLACES, PROOFS, REASONS, RESULTS, SIGNERS, STEPS
from scanners.counter.shelf import Why
from scanners.label.printer import Ailment
from tracker.wire.document_kinds import DocumentKind
from tracker.wire.goods import Category, InspectionResult

STATIC = Path(scanners.counter.__file__).parent / "static"
WORDS = json.loads((STATIC / "words.json").read_text(encoding="utf-8"))
SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in [*STATIC.glob("*.js"), *STATIC.glob("*.html")])
BY_CODE = {
    "wait": ["seconds", "minutes", "hours"],
    "kind": [*DocumentKind],
    "category": [*Category],
    "result": [*InspectionResult],
    "step": [*STEPS, "accepted"],
    "value": [
        *CONSENTS,
        *PLACES,
        *RESULTS,
        *SIGNERS,
        *PROOFS,
        "parcel",
        "bag",
        *(r for many in REASONS.values() for r in many),
    ],
    "fault": [*(word for _, word in FAULTS.values()), "unreachable", "no_camera"],
    "state": ["waiting", "receipted", "refused", "undone", "turned_away"],
    "why": [*Ailment, "no_printer", "no_label", *get_args(Why), "nobody", "yourself"],
    "verdict": ["empty", "pending", "ready", "refused"],
    "how": ["card", "preverified", "letter", "agreement", "declined"],
}
MISSING = {"counterpart", "consent", "agent", "signature", "to", "step", "result"}


def test_both_languages_have_the_same_keys() -> None:
    assert WORDS["zh-CN"].keys() == WORDS["en"].keys()
    assert all(text for words in WORDS.values() for text in words.values())


def test_every_code_has_its_word() -> None:
    for prefix, codes in BY_CODE.items():
        assert {f"{prefix}.{code}" for code in codes} <= WORDS["en"].keys(), prefix


def test_every_word_that_the_page_asks_for_is_there_and_every_other_is_by_code() -> None:
    asked = set(re.findall(r"""(?:data-(?:w|hint|label)=|word\(|option\("[^"]*", )"([a-z0-9_.]+)\"""", SOURCE))
    asked |= set(re.findall(r'word\((?:[^()]*\? )?"([a-z0-9_.]+)" : "[a-z0-9_.]+"\)', SOURCE))
    asked |= set(re.findall(r'" : "([a-z0-9_.]+)"\)', SOURCE)) & WORDS["en"].keys()
    assert asked <= WORDS["en"].keys()
    by_code = {f"{prefix}.{code}" for prefix, codes in BY_CODE.items() for code in codes}
    fields = {key for key in WORDS["en"] if key.startswith("field.") and key.removeprefix("field.") in SOURCE}
    by_code |= {"do.held", "do.rejected"}
    left = WORDS["en"].keys() - asked - by_code - fields - {f"field.{name}" for name in MISSING}
    assert left == set()


def test_what_a_step_may_lack_has_a_name() -> None:
    lacking = MISSING | {"lane", "counterpart", "reason", "bag_no", "place_kind", "signer", "proof", "code"}
    assert {f"field.{name}" for name in lacking} <= WORDS["en"].keys()


def test_nothing_is_fetched_from_elsewhere() -> None:
    css = "\n".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.css"))
    assert re.findall(r"https?://|url\(|@import", SOURCE + css) == []
