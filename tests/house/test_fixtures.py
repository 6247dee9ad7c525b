"""The fixtures themselves (夹具): a database belongs to one test, a golden file changes only when asked."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.conftest import Golden


@pytest.mark.parametrize("run", [1, 2])
def test_a_test_never_sees_what_another_test_wrote(engine: Engine, run: int) -> None:
    with engine.begin() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM carrier WHERE code = 'LEFTOVER'")) == 0
        connection.execute(
            sa.text("INSERT INTO carrier (code, is_dataset, verified) VALUES ('LEFTOVER', :no, :no)"), {"no": False}
        )


def test_an_empty_database_has_no_table(empty_engine: Engine) -> None:
    assert sa.inspect(empty_engine).get_table_names() == []


def test_a_golden_file_that_differs_fails_and_stays(
    golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tests.conftest.GOLDEN", tmp_path)
    kept = tmp_path / "kept.json"
    kept.write_bytes(b'{"v":1}')
    golden("kept.json", b'{"v":1}')
    with pytest.raises(pytest.fail.Exception, match="differs at byte 5"):
        golden("kept.json", b'{"v":2}')
    assert kept.read_bytes() == b'{"v":1}'


def test_a_golden_file_that_is_missing_fails(golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.conftest.GOLDEN", tmp_path)
    with pytest.raises(AssertionError, match="is missing"):
        golden("new.json", b"{}")
