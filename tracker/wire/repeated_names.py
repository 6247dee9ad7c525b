"""Repeated names (重复成员名): JSON that two readers may read differently is no evidence (RFC 7493 section 2.3)."""

import json


class _Repeated(ValueError):
    """A name stands twice in one object."""


def has_repeated_names(octets: bytes) -> bool:
    """Whether some object in well-formed JSON holds a name twice; also True where it is nested too deep to tell."""
    try:
        json.loads(octets, object_pairs_hook=_check)
    except (_Repeated, RecursionError):
        return True
    return False


def _check(pairs: list[tuple[str, object]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise _Repeated
