"""Settings that nobody reads (不认识的设置): misspelled variables and keys, each with the nearest name that is one."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from web.settings import Settings

PREFIX = "JIXIN_"
OF_THE_SCRIPT = {"JIXIN_VENV", "JIXIN_QUESTIONS"}  # ./jixin and its tests read them


def find_unknown_settings(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Each variable JIXIN_… and each key of jixin.toml that is no setting, as `NAME (NEAREST?)`."""
    keys = {name.lower() for name in Settings.model_fields}
    variables = {PREFIX + key.upper() for key in keys} | OF_THE_SCRIPT
    told = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in variables)
    return [
        *(_name(each, each.upper(), variables) for each in told),
        *(f"{_name(each, each.lower(), keys)} in jixin.toml" for each in _keys_of_file() if each not in keys),
    ]


def _keys_of_file() -> list[str]:
    path = Path(str(Settings.model_config["toml_file"]))
    return sorted(tomllib.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []


def _name(told: str, spelled: str, known: Iterable[str]) -> str:
    near = get_close_matches(spelled, known, n=1, cutoff=0.75)
    return f"{told} ({near[0]}?)" if near else told
