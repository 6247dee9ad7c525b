"""Schemes for tests: the shipped file as a committee would have changed it."""

from importlib import resources

from credit_scoring.scheme.policy import parse_scheme
from credit_scoring.scheme.rules import Scheme

FILE = (resources.files("credit_scoring.scheme") / "schemes" / "2026-1.toml").read_text()


def text(
    version: str,
    *,
    level: str = "national",
    division: str | None = None,
    since: str = "2026-01-01",
    until: str = "2026-12-31",
    status: str = "adopted",
    change: tuple[str, str] = ("", ""),
) -> bytes:
    """The shipped scheme under another head; `change` replaces what is there once."""
    place = f'\ndivision = "{division}"' if division else ""
    changes = {
        'version = "2026-1"': f'version = "{version}"',
        'level = "national"': f'level = "{level}"{place}',
        "valid_from = 2026-01-01": f"valid_from = {since}",
        "valid_until = 2026-12-31": f"valid_until = {until}",
        'status = "proposal"': f'status = "{status}"',
        change[0]: change[1],
    }
    told = FILE
    for old, new in changes.items():
        assert old in told
        told = told.replace(old, new, 1)
    return told.encode()


def scheme(version: str, *, level: str = "national", division: str | None = None, since: str = "2026-01-01") -> Scheme:
    """An adopted scheme until the end of 2026."""
    return parse_scheme(text(version, level=level, division=division, since=since))
