"""The reliability table (可靠性表): docs/reliability.md is a run's own word, and knows every fault there is."""

import re
from pathlib import Path

from web.bench.faults.catalogue import every_fault
from web.bench.faults.fault import Round
from web.bench.faults.table import render_report

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
ROW = re.compile(
    r"^\| `(\w+)` \|.*\| (\d+) \| [\d,]+ – [\d,]+ \| ([\d,]+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE
)


def test_the_page_has_exactly_the_faults_that_the_code_has_each_tried_and_survived() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == list(every_fault())
    for name, rounds, events, lost, doubled, failed in rows:
        assert int(rounds) > 0, name
        assert int(events.replace(",", "")) > 0, name
        assert (lost, doubled, failed) == ("0", "0", "0"), name


def test_the_table_counts_what_the_rounds_say_a_loss_too() -> None:
    faults = every_fault()
    told = [
        Round("kill_broker", 7, "broker", 12, 1_000, 0, 0, 3.0, memory={"tracker": 100 * 2**20}),
        Round("kill_broker", 8, "broker", 40, 500, 2, 1, 3.0, problem="2 lost", memory={"tracker": 90 * 2**20}),
    ]
    page = render_report(told, faults, command="./jixin bench --faults --rounds 2 --seed 7")
    assert ROW.findall(page) == [("kill_broker", "2", "1,500", "2", "1", "1")]
    assert "12 – 40" in page
    assert "1,500 events, 2 lost, 1 doubled, 1 rounds failed" in page
    assert "seeds 7 to 8" in page
    assert "--rounds 2 --seed 7" in page
    assert "tracker 100 MiB" in page
