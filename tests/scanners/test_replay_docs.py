"""The documented replay file is one that is read: the example, the columns and the details of each step."""

import re
from pathlib import Path

from scanners.replay_file import ReplayRow, read_replay
from scanners.replay_row import DETAIL_COLUMNS, REQUIRED
from tracker.wire.details import DETAILS
from tracker.wire.steps import Step

PAGE = (Path(__file__).parents[2] / "docs" / "replay-csv.md").read_text()
OPTIONAL = (*DETAIL_COLUMNS, "event_id", "operator", "lng", "lat", "details")


def test_every_column_and_every_steps_details_are_documented() -> None:
    for column in (*REQUIRED, *OPTIONAL):
        assert f"`{column}`" in PAGE
    for step in Step:
        for field in DETAILS[step].__struct_fields__:
            assert re.search(rf"`{field}[`{{\[]|`[^`]*\b{field}\b", PAGE), (step, field)
        assert re.search(rf"\b{step.value}\b", PAGE)


def test_the_example_is_read(tmp_path: Path) -> None:
    example = PAGE.split("```csv\n")[1].split("```")[0]
    (tmp_path / "example.csv").write_text(example)
    rows = list(read_replay(tmp_path / "example.csv"))
    assert len(rows) == 2
    assert all(isinstance(row, ReplayRow) for row in rows)
