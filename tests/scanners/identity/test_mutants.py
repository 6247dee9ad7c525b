"""Mutants of the gate: each is noticed by the gate's own tests, or stands on the list of those that change nothing."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from tests.scanners.goods import test_prohibited
from tests.scanners.identity import test_beforehand, test_gate, test_spelling, test_ten_thousand
from tests.scanners.identity.mutants import find_mutants, in_place

MODULES = (
    "scanners.identity.gate",
    "scanners.identity.documents",
    "scanners.identity.agreements",
    "scanners.identity.beforehand",
    "scanners.identity.preverification",
    "scanners.identity.shown",
    "scanners.identity.organisations",
    "scanners.identity.resident_number",
    "scanners.identity.spelling",
    "scanners.identity.law",
    "scanners.goods.inspection",
    "scanners.goods.prohibited",
)
# They read files, walk all of Unicode or repeat what others show: too slow to be asked of every mutant.
TOO_SLOW = {
    "test_only_the_gates_file_names_the_gates_key",
    "test_only_known_files_make_events",
    "test_no_character_but_its_own_wide_form_ever_becomes_a_digit_or_a_letter",
    "test_none_bad_is_accepted_and_none_good_refused",
    "test_every_code_has_words_in_both_languages",
}
UNNOTICED = {
    # the table of divisions reads six digits of whatever it is given
    "scanners.identity.documents._find_cautions: 6 → 7",
    # an empty name holds no letter either
    "scanners.identity.spelling.is_name: 0 < len(name) <= MAX_NAME → 0 <= len(name) <= MAX_NAME",
}


def checks() -> Iterator[Callable[[], None]]:
    """The gate's tests, each with each of its parameters."""
    for module in (test_ten_thousand, test_gate, test_beforehand, test_spelling, test_prohibited):
        for name, test in vars(module).items():
            if name.startswith("test_") and callable(test) and name not in TOO_SLOW:
                for told in parameters_of(test):
                    yield lambda test=test, told=told: test(**told)


def parameters_of(test: Any) -> Iterator[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for values in product(*(mark.args[1] for mark in marks)):
        told: dict[str, Any] = {}
        for mark, value in zip(marks, values, strict=True):
            names = [mark.args[0]] if isinstance(mark.args[0], str) else list(mark.args[0])
            told |= dict(zip(names, [value] if isinstance(mark.args[0], str) else value, strict=True))
        yield told


def is_noticed(all_checks: list[Callable[[], None]]) -> bool:
    """Whether a check fails; the one that did comes first from now on, since mutants of one place die alike."""
    for number, check in enumerate(all_checks):
        try:
            check()
        except (Exception, pytest.fail.Exception):
            all_checks.insert(0, all_checks.pop(number))
            return True
    return False


@pytest.mark.parametrize("module", MODULES)
def test_no_mutant_of_the_gate_lives(module: str) -> None:
    all_checks = list(checks())
    assert not is_noticed(all_checks), "the right gate passes"
    survivors, total = set(), 0
    for mutant in find_mutants(module):
        total += 1
        with in_place(mutant):
            if not is_noticed(all_checks):
                survivors.add(str(mutant))
    print(f"{total - len(survivors)} of {total} mutants noticed")
    unnoticed = {each for each in UNNOTICED if each.startswith(f"{module}.")}
    assert total > 0
    assert sorted(survivors - unnoticed) == []
    assert sorted(unnoticed - survivors) == [], "these are noticed now"
