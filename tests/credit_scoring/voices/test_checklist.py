"""The checklist (检查表): shipped ones are whole, and the stars follow the published rule."""

from datetime import date
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.voices.aspects import Aspect
from credit_scoring.voices.catalogue import catalogue
from credit_scoring.voices.checklist import Answer, Checked, Checklist, checklist, checklist_of, parse_checklist
from credit_scoring.voices.rules import Doubt, parse_rules, voice_rules

LISTS = [checklist_of(subject, date(2026, 6, 1)) for subject in Checked]


def answers_of(listed: Checklist, answer: Answer) -> dict[str, Answer]:
    return {item.code: answer for item in listed.items}


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.version)
def test_all_met_is_five_stars_none_is_one_and_nothing_seen_is_refused(listed: Checklist) -> None:
    assert checklist(listed.version) == listed
    assert set(listed.stars_of(answers_of(listed, Answer.YES)).values()) == {5}
    assert set(listed.stars_of(answers_of(listed, Answer.NO)).values()) == {1}
    assert not listed.takes(answers_of(listed, Answer.NOT_SEEN))
    assert listed.takes(answers_of(listed, Answer.NO))
    assert not listed.takes({**answers_of(listed, Answer.NO), "more": Answer.YES})


@given(st.data())
def test_a_better_answer_never_costs_a_star_and_what_was_not_seen_counts_nothing(data: st.DataObject) -> None:
    listed = data.draw(st.sampled_from(LISTS))
    answers = {item.code: data.draw(st.sampled_from(Answer)) for item in listed.items}
    stars = listed.stars_of(answers)
    unseen = {item.aspect for item in listed.items} - {
        item.aspect for item in listed.items if answers[item.code] is not Answer.NOT_SEEN
    }
    assert unseen.isdisjoint(stars)
    worse = next((code for code, answer in answers.items() if answer is Answer.NO), None)
    if worse is not None:
        better = listed.stars_of({**answers, worse: Answer.YES})
        assert all(better[aspect] >= given for aspect, given in stars.items())
        assert better[Aspect.OVERALL] >= stars[Aspect.OVERALL]


def test_halves_go_up() -> None:
    listed = parse_checklist(
        b"""
version = "x"
subject = "carrier"
valid_from = 2026-01-01
title = { zh = "a", en = "a" }
[dimensions]
d = { zh = "d", en = "d" }
[items]
"""
        + b"\n".join(b'i%d = { dimension = "d", aspect = "quality", zh = "i", en = "i" }' % n for n in range(8))
    )
    answers = {item.code: Answer.YES if place < 5 else Answer.NO for place, item in enumerate(listed.items)}
    assert listed.stars_of(answers) == {Aspect.QUALITY: 4, Aspect.OVERALL: 4}  # 1 + 4 x 5/8 = 3.5


def test_a_list_with_an_unknown_dimension_is_refused() -> None:
    text = b"""
version = "x"
subject = "carrier"
valid_from = 2026-01-01
title = { zh = "a", en = "a" }
[dimensions]
[items]
i = { dimension = "d", aspect = "quality", zh = "i", en = "i" }
"""
    with pytest.raises(ValueError, match="dimensions"):
        parse_checklist(text)


def test_words_stand_in_both_languages_and_tags_keep_their_order() -> None:
    known = catalogue()
    assert known.order_tags(["polite", "in_time", "polite"]) == ("in_time", "polite")
    assert known.order_tags(["no_such"]) is None
    assert known.order_tags(list(known.tags)[:6]) is None
    for phrase in (*known.tags.values(), *known.replies.values(), *known.notes.values()):
        assert phrase.zh
        assert phrase.en


def test_the_rules_say_what_each_doubt_leaves() -> None:
    rules = voice_rules()
    assert rules.weight_of(frozenset()) == 100
    assert rules.weight_of(frozenset({Doubt.BURST, Doubt.RING})) == 10
    assert rules.weight_of_merchant(3) == 30
    assert rules.weight_of_merchant(300) == 100


def test_rules_with_an_unknown_doubt_or_a_worth_above_all_are_refused() -> None:
    text = (files("credit_scoring.voices") / "rules" / "2026-1.toml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="unknown"):
        parse_rules((text + '\n[doubts.dislike]\nworth = 1\nzh = "a"\nen = "a"\n').encode())
    with pytest.raises(ValueError, match="worth"):
        parse_rules(text.replace("worth = 30", "worth = 130").encode())
