"""The version (版本): a clone's own pyproject.toml says it, else the installed package."""

import tomllib
from importlib.metadata import version
from pathlib import Path

CLONE = Path(__file__).parent.parent


def find_version(clone: Path = CLONE) -> str:
    """For example 0.1.0. `./jixin` installs what the project needs and never the project itself."""
    path = clone / "pyproject.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))["project"]["version"] if path.exists() else version("jixin")
