"""The bench's report: what is compared with what, and when a run does not count."""

import pytest

from web.bench.cases import NAMES, SIZES, Case, build_cases, events_of
from web.bench.report import Delays, Row, broken_ceilings, ratios_of, render_json, render_markdown, targets_of

RATES = {
    ("raw_consumer", "none", 20): 200_000.0,
    ("paho_consumer", "none", 20): 180_000.0,
    ("bulk_insert", "sqlite", 20): 50_000.0,
    ("commit_per_message", "sqlite", 20): 1_000.0,
    ("commit_per_message", "sqlite", 1): 500.0,
    ("mqttjs", "sqlite", 20): 20_000.0,
    ("jixin", "sqlite", 20): 30_000.0,
}


def rows_of(rates: dict[tuple[str, str, int], float]) -> list[Row]:
    return [Row(Case(name, "", store, size), (rate / 2, rate, rate * 2)) for (name, store, size), rate in rates.items()]


def test_every_case_is_measured_with_every_size_and_store() -> None:
    cases = build_cases()
    assert {case.name for case in cases} == set(NAMES)
    assert {case.events_per_message for case in cases} == set(SIZES)
    assert len(cases) == len(set(cases)) == 3 * (2 + 2 * 4)
    assert {case.store for case in cases if case.role != "ceiling"} == {"sqlite", "postgresql"}


def test_a_case_can_be_left_out() -> None:
    cases = build_cases(stores=("sqlite",), without=frozenset({"mqttjs"}))
    assert {case.store for case in cases} == {"sqlite", "none"}
    assert all(case.name != "mqttjs" for case in cases)


@pytest.mark.parametrize("case", build_cases())
def test_a_round_sends_whole_messages(case: Case) -> None:
    events = events_of(case, 1_000)
    assert events > 0
    assert events % case.events_per_message == 0


def test_ratios_are_of_medians_of_the_same_store_and_size() -> None:
    ratios = ratios_of(rows_of(RATES))
    assert ratios["jixin_sqlite_20/bulk_insert_20"] == 0.6
    assert ratios["jixin_sqlite_20/slowest_ceiling_20"] == 0.6
    assert ratios["jixin_sqlite_20/paho_consumer_20"] == pytest.approx(1 / 6, abs=0.001)
    assert ratios["jixin_sqlite_20/commit_per_message_20"] == 30
    assert ratios["jixin_sqlite_20/commit_per_message_1"] == 60
    assert ratios["jixin_sqlite_20/mqttjs_20"] == 1.5
    assert not any("postgresql" in name for name in ratios)


def test_targets_say_whether_they_are_met() -> None:
    slow = rows_of({**RATES, ("jixin", "sqlite", 20): 29_000.0, ("jixin", "sqlite", 1): 5_000.0})
    case = Case("jixin", "ours", "sqlite", 20)
    found = {each.name: each.met for each in targets_of(slow, [Delays(case, 1_000.0, 1.0, 50.0)])}
    assert found == {
        "jixin_sqlite_20/slowest_ceiling_20": False,
        "jixin_sqlite_20/commit_per_message_1": True,
        "jixin_sqlite_20/mqttjs_20": True,
        "jixin_sqlite_1 events/s": True,
        "publish → receipt p99 ms, sqlite, 1,000 events/s": False,
    }


def test_a_ceiling_far_below_the_raw_broker_is_broken() -> None:
    assert broken_ceilings(rows_of(RATES), {}) == []
    low = {**RATES, ("paho_consumer", "none", 20): 200_000 * 0.93 * 0.69}
    (said,) = broken_ceilings(rows_of(low), {})
    assert said.startswith("paho_consumer none × 20")


def test_bulk_insert_is_held_against_the_raw_broker_without_parcels() -> None:
    low = {**RATES, ("bulk_insert", "sqlite", 20): 20_000.0}
    case = Case("bulk_insert", "ceiling", "sqlite", 20)
    assert broken_ceilings(rows_of(low), {case: 30_000.0}) == []
    (said,) = broken_ceilings(rows_of(low), {case: 200_000 * 0.19 * 0.69})
    assert said.startswith("bulk_insert sqlite × 20")


def test_the_ninety_ninth_of_a_hundred_delays_is_the_p99() -> None:
    delays = Delays.of(Case("jixin", "ours", "sqlite", 20), 10.0, [float(number) for number in range(100, 0, -1)])
    assert (delays.p50, delays.p99) == (51.0, 100.0)


def test_the_json_report_has_its_fixed_shape() -> None:
    told = render_json(rows_of(RATES))
    assert set(told) == {"machine", "rows", "ratios", "delays"}
    row = told["rows"][0]
    assert set(row) == {"case", "store", "events_per_message", "role", "events_per_second"}
    assert row["events_per_second"] == {"min": 100_000.0, "median": 200_000.0, "max": 400_000.0}


def test_the_report_for_people_names_every_row_and_target() -> None:
    text = render_markdown(rows_of(RATES))
    assert all(name in text for name, _, _ in RATES)
    assert "| jixin_sqlite_20/slowest_ceiling_20 | ≥ 0.6 | 0.60 | ✓ |" in text
