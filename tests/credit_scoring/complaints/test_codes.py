"""Channels, categories and terms (渠道、类别、时限): data that holds together, chosen by the day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.complaints.codes.categories import CAUSES_OF, Category, Cause, fits
from credit_scoring.complaints.codes.channels import Procedure, channels, route, version
from credit_scoring.complaints.codes.terms import TermName, months_after, term_of, terms
from credit_scoring.complaints.receipt_no import LETTERS, make_receipt_no, parse_receipt_no
from credit_scoring.errors import ComplaintRefused
from tracker.access.roles import Role
from tracker.working_days import working_days_after


def test_the_lists_have_a_version_and_every_channel_its_source() -> None:
    assert version()
    for channel in channels().values():
        assert channel.tag in set("TSMP")
        assert channel.source
        assert channel.entered_by <= {*map(str, Role)}
        assert channel.successor is None or channel.successor in channels()
        assert (channel.valid_to is None) == (channel.successor is None)


@pytest.mark.parametrize("code", ["12312", "12318", "12330", "12331", "12358", "12365"])
def test_an_older_number_takes_complaints_until_its_day_and_then_its_successor_does(code: str) -> None:
    retired = channels()[code].valid_to
    assert retired is not None
    before, after = route(code, retired - timedelta(days=1)), route(code, retired)
    assert (before.channel.code, before.was_retired) == (code, False)
    assert (after.channel.code, after.was_retired) == (channels()[code].successor, True)
    assert after.asked.code == code


def test_the_present_numbers_are_open_and_their_rules_differ() -> None:
    today = date(2026, 9, 1)
    assert [route(code, today).channel.procedure for code in ("12305", "12315", "12315-lead", "12345")] == [
        Procedure.APPEAL, Procedure.CONSUMER, Procedure.LEAD, Procedure.COMPLAINT,
    ]  # fmt: skip


@pytest.mark.parametrize(("code", "day"), [("12300", date(2026, 1, 1)), ("", date(2026, 1, 1))])
def test_an_unknown_number_is_refused(code: str, day: date) -> None:
    with pytest.raises(ComplaintRefused, match="channel_unknown"):
        route(code, day)


def test_a_number_that_is_not_yet_open_is_refused() -> None:
    with pytest.raises(ComplaintRefused, match="channel_not_yet"):
        route("12305", date(1990, 1, 1))


def test_every_cause_stands_under_a_category() -> None:
    assert {cause for causes in CAUSES_OF.values() for cause in causes} == set(Cause)
    assert set(CAUSES_OF) == set(Category)
    assert fits(Category.DELIVERY, Cause.SIGNED_NOT_RECEIVED)
    assert not fits(Category.DELAY, Cause.NEVER_ORDERED)


@pytest.mark.parametrize(("day", "cited"), [(date(2025, 5, 31), "第二十八条"), (date(2025, 6, 1), "第二十九条")])
def test_the_carriers_seven_days_are_cited_by_the_day(day: date, cited: str) -> None:
    term = term_of(TermName.CARRIER_ANSWER, "500112", day)
    assert (term.days, term.ends(day, extended=False).day) == (7, day + timedelta(days=7))
    assert cited in term.zh


def test_an_appeal_takes_thirty_days_and_in_zhejiang_fifteen_and_fifteen_more() -> None:
    day = date(2026, 9, 1)
    nation, zhejiang = (term_of(TermName.APPEAL_ANSWER, code, day) for code in ("500112", "330106"))
    assert nation.ends(day, extended=False).day == date(2026, 10, 1)
    assert zhejiang.ends(day, extended=False).day == date(2026, 9, 16)
    assert zhejiang.ends(day, extended=True).day == date(2026, 10, 1)
    assert term_of(TermName.APPEAL_ANSWER, None, day) == nation
    assert term_of(TermName.APPEAL_ANSWER, "330106", date(2021, 1, 1)) == nation


def test_in_zhejiang_an_appeal_comes_within_six_months_of_posting() -> None:
    zhejiang = term_of(TermName.APPEAL_ANSWER, "330106", date(2026, 9, 1))
    assert zhejiang.may_be_asked(date(2026, 3, 31), date(2026, 9, 30))
    assert not zhejiang.may_be_asked(date(2026, 3, 31), date(2026, 10, 1))
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert term_of(TermName.APPEAL_ANSWER, "500112", date(2026, 9, 1)).may_be_asked(date(2020, 1, 1), date(2026, 9, 1))


@pytest.mark.parametrize(
    ("name", "extended", "start", "end"),
    [
        (TermName.CONSUMER_ACCEPT, False, "2026-09-30", "2026-10-15"),  # seven days off, a make-up Saturday
        (TermName.CONSUMER_MEDIATION, False, "2026-09-01", "2026-11-09"),
        (TermName.LEAD_CHECK, False, "2026-09-30", "2026-10-27"),
        (TermName.LEAD_CHECK, True, "2026-09-30", "2026-11-17"),
        (TermName.REPORTER_TOLD, False, "2026-02-13", "2026-02-27"),
    ],
)
def test_12315_counts_working_days(name: TermName, extended: bool, start: str, end: str) -> None:
    day = date.fromisoformat(start)
    assert term_of(name, None, day).ends(day, extended=extended).day == date.fromisoformat(end)


def test_a_day_without_a_rule_is_refused() -> None:
    with pytest.raises(ComplaintRefused, match="term_unknown"):
        term_of(TermName.CARRIER_ANSWER, None, date(2015, 1, 1))


@given(st.sampled_from(TermName), st.dates(date(2022, 3, 1), date(2040, 1, 1)), st.sampled_from(["330106", "500112"]))
def test_a_term_of_working_days_is_the_calendars_and_an_extension_never_shortens(
    name: TermName, day: date, division: str
) -> None:
    term = term_of(name, division, day)
    plain, longer = term.ends(day, extended=False), term.ends(day, extended=True)
    assert day < plain.day <= longer.day
    if term.unit == "working_day":
        assert plain == working_days_after(day, term.days)


def test_of_one_name_and_division_two_rules_never_hold_on_one_day() -> None:
    for term in terms():
        same = [each for each in terms() if (each.name, each.division) == (term.name, term.division)]
        assert (
            sum(each.valid_from <= term.valid_from and each.holds(each.division, term.valid_from) for each in same) == 1
        )


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.lists(st.integers(0, 30), min_size=7, max_size=7))
def test_a_receipt_number_is_read_however_it_is_typed_and_one_wrong_letter_is_seen(day: date, drawn: list[int]) -> None:
    source = iter(drawn)
    number = make_receipt_no(day, lambda _: next(source))
    assert parse_receipt_no(number) == number
    assert parse_receipt_no(f" {number.lower().replace('-', ' ')} ") == number
    for at in range(11, len(number)):
        if number[at] != "-":
            wrong = LETTERS[(LETTERS.index(number[at]) + 1) % len(LETTERS)]
            assert parse_receipt_no(number[:at] + wrong + number[at + 1 :]) is None


@pytest.mark.parametrize("text", ["", "TS", "TS20261018-0000-0000", "x" * 500, "13800138000", "\0"])
def test_what_is_no_receipt_number_is_none(text: str) -> None:
    assert parse_receipt_no(text) is None
