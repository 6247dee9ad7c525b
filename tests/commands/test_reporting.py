"""The report command: a file that verifies, and words for what cannot be had."""

from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from tests.web.conftest import seeded_engine, seeded_template  # noqa: F401 fixtures
from tests.web.report.world import Printed, print_run
from tracker.wire.key_set import encode_key_set
from web.commands.reporting import run_report
from web.commands.running import InstallationError, Misused
from web.commands.verifying import run_verify


@pytest.fixture
def printed(seeded_engine: Engine, tmp_path: Path) -> Printed:  # noqa: F811 the fixture of that name
    made = print_run(seeded_engine, tmp_path)
    settings = made.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'seeded.db'}"})
    return Printed(made.engine, settings, made.run_id)


def write(printed: Printed, out: Path, carrier: str = "FARREACH", *, run: bool = True, **told: str | None) -> list[str]:
    asked = {"from_": None, "to": None, "division": None} | told
    run_id = printed.run_id if run else None
    return list(run_report(printed.settings, carrier, out=out, run_id=run_id, own=False, **asked))


@pytest.mark.parametrize("ending", ["pdf", "json"])
def test_what_it_writes_verifies(printed: Printed, tmp_path: Path, ending: str) -> None:
    keys, out, said = tmp_path / "keys.json", tmp_path / f"report.{ending}", list[str]()
    keys.write_bytes(encode_key_set(printed.keys.values()))
    assert "远达速递" in write(printed, out)[0]
    assert run_verify(out, keys, say=said.append)
    assert str(printed.run_id) in "".join(said)


def test_what_cannot_be_had_is_said(printed: Printed, tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"
    with pytest.raises(InstallationError, match="没有这家企业"):
        write(printed, out, "NOPE")
    with pytest.raises(InstallationError, match="jixin assess"):
        write(printed, out, run=False, from_="2020-01-01", to="2020-02-01")
    with pytest.raises(Misused, match="行政区划"):
        write(printed, out, division="999999")
    with pytest.raises(Misused, match=r"\.pdf"):
        write(printed, tmp_path / "report.doc")
    assert not out.exists()
