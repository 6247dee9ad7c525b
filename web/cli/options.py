"""Options (选项) that more than one command takes, and how they are read."""

from datetime import date
from typing import Annotated

import typer

from tracker.wire.topics import is_code


def read_code(text: str | None) -> str | None:
    """An option that is a code. Raises BadParameter, which ends the program with exit 2."""
    if text is not None and not is_code(text):
        raise typer.BadParameter("1 to 64 letters, digits, - and _")
    return text


def read_day(text: str | None) -> str | None:
    """An option that is a local day."""
    try:
        if text is not None and date.fromisoformat(text).isoformat() != text:
            raise ValueError
    except ValueError:
        raise typer.BadParameter("a day is written YYYY-MM-DD") from None
    return text


def read_division(text: str | None) -> str | None:
    """An option that is a division of China."""
    from tracker.wire.divisions import division_of

    if text is not None and division_of(text) is None:
        raise typer.BadParameter("not a division code of GB/T 2260")
    return text


Parcels = Annotated[int, typer.Option("--parcels", min=0, help="件量 how many parcels the fleet carries")]


Seed = Annotated[int, typer.Option("--seed", help="随机种子 the same seed gives the same fleet")]


Months = Annotated[
    int,
    typer.Option(
        min=0, max=60, help="过去几个月的历史，较少的件 past months with fewer parcels, up to the last 30 days"
    ),
]
