"""The ledger: whatever is changed, taken out or put in shows; a restart goes on where it ended."""

from datetime import UTC, datetime
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, getrlimit, setrlimit
from signal import SIG_IGN, SIGXFSZ, signal

import pytest
from structlog.testing import capture_logs

from tests.wire.example import seeded_key
from tracker.realname.access_ledger import LEDGER, Access
from tracker.realname.signed_lines import LinesBroken, SignedLines, torn_of

KEY, OTHER = seeded_key(50), seeded_key(51)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def access(case_no: str = "(2026)沪0101刑初12号") -> Access:
    return Access(
        at=NOW, opener="officer", role="vault_officer", record_id="r", waybill_no="W1", subject="register",
        purpose="court_order", case_no=case_no, outcome="opened",
    )  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three entries, the last one after a restart."""
    path = tmp_path / "ledger.jsonl"
    ledger = SignedLines(path, KEY, LEDGER)
    ledger.append(access("1"))
    ledger.append(access("2"))
    SignedLines(path, KEY, LEDGER).append(access("3"))
    return path


def cases(path: Path) -> list[str]:
    return [entry.case_no for entry, _ in LEDGER.read(path, KEY.verifying)]


def test_lines_that_go_missing_under_a_running_vault_show_at_the_next_one(path: Path) -> None:
    ledger = SignedLines(path, KEY, LEDGER)
    one, two, _ = path.read_text().splitlines(keepends=True)
    path.write_text(one + two)
    with pytest.raises(LinesBroken, match="missing at its end"):
        ledger.append(access("4"))
    assert cases(path) == ["1", "2"], "nothing was written behind the gap"


@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_leaves_no_half_line_that_would_shut_the_vault(path: Path, room: int) -> None:
    """The entry is not written, whoever asks is refused, and with room again the ledger goes on."""
    ledger = SignedLines(path, KEY, LEDGER)
    signal(SIGXFSZ, SIG_IGN)  # a limit of the file's size stands for the disk's
    _, hard = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (path.stat().st_size + room, hard))
    try:
        with pytest.raises(OSError, match=r"large|space"):
            ledger.append(access("4"))
    finally:
        setrlimit(RLIMIT_FSIZE, (RLIM_INFINITY, hard))
    assert cases(path) == ["1", "2", "3"]
    ledger.append(access("5"))
    SignedLines(path, KEY, LEDGER).append(access("6"))
    assert cases(path) == ["1", "2", "3", "5", "6"]


def test_entries_are_read_back_in_order_across_a_restart(path: Path) -> None:
    assert cases(path) == ["1", "2", "3"]
    assert [entry.no for entry, _ in LEDGER.read(path, KEY.verifying)] == [1, 2, 3]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("which", ["changed", "taken out", "turned round", "cut inside", "foreign"])
def test_what_was_done_to_the_file_shows(path: Path, which: str) -> None:
    one, two, three = path.read_text().splitlines(keepends=True)
    other = SignedLines(path.with_name("other"), OTHER, LEDGER)
    other.append(access("1"))
    path.write_text(
        {
            "changed": one + two[:100] + ("A" if two[100] != "A" else "B") + two[101:] + three,
            "taken out": one + three,
            "turned round": one + three + two,
            "cut inside": one + two[:-10] + three,
            "foreign": path.with_name("other").read_text() + two + three,
        }[which]
    )
    with pytest.raises(LinesBroken, match="line"):
        cases(path)
    with pytest.raises(LinesBroken):
        SignedLines(path, KEY, LEDGER)


@pytest.mark.parametrize("left", [1, 100, -1])
def test_a_last_line_that_a_power_cut_tore_off_is_set_aside_and_the_vault_opens(path: Path, left: int) -> None:
    one, two, three = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(one + two + three[:left])
    assert cases(path) == ["1", "2"], "who only reads passes it over"
    assert path.read_bytes() == one + two + three[:left]
    with capture_logs() as said:
        ledger = SignedLines(path, KEY, LEDGER)
    assert [(line["event"], line["file"], line["line"]) for line in said] == [
        ("torn_line_set_aside", "ledger.jsonl", 3)
    ]
    assert (path.read_bytes(), torn_of(path).read_bytes()) == (one + two, three[:left] + b"\n")
    assert torn_of(path).stat().st_mode & 0o777 == 0o600
    ledger.append(access("4"))
    assert [(entry.no, entry.case_no) for entry, _ in LEDGER.read(path, KEY.verifying)] == [
        (1, "1"), (2, "2"), (3, "4"),
    ]  # fmt: skip


def test_what_is_torn_off_under_a_running_vault_is_set_aside_by_the_next_entry(path: Path) -> None:
    ledger = SignedLines(path, KEY, LEDGER)
    with path.open("ab") as file:
        file.write(b"eyJ0")
    ledger.append(access("4"))
    assert cases(path) == ["1", "2", "3", "4"]
    with path.open("ab") as file:
        file.write(b"eyJ1")
    SignedLines(path, KEY, LEDGER)
    assert torn_of(path).read_bytes() == b"eyJ0\neyJ1\n"


def test_a_whole_line_that_is_no_entry_stays_a_fault_also_at_the_end(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"eyJ0\n")
    with pytest.raises(LinesBroken, match="line 4"):
        SignedLines(path, KEY, LEDGER)
    assert not torn_of(path).exists()
