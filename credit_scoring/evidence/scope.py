"""The scope (评价范围): which parcels an assessment looks at, and as of when."""

from dataclasses import dataclass
from datetime import datetime

from credit_scoring.evidence.window import Window


@dataclass(frozen=True, slots=True)
class Scope:
    """Parcels accepted in `window` with their origin in `division` (None: nationwide), judged at `as_of` (aware)."""

    window: Window
    division: str | None
    as_of: datetime
