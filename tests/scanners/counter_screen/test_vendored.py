"""What is not ours lies here unmodified, as NOTICE names it."""

import hashlib
from pathlib import Path

import scanners.counter

VENDOR = Path(scanners.counter.__file__).parent / "static" / "vendor"
NOTICE = (Path(__file__).parents[3] / "NOTICE").read_text(encoding="utf-8")


def test_every_vendored_file_is_the_one_that_notice_names() -> None:
    files = [path for path in VENDOR.rglob("*") if path.is_file() and path.name != "LICENSE"]
    assert len(files) == 3
    for path in files:
        assert hashlib.sha256(path.read_bytes()).hexdigest() in NOTICE, path.name
