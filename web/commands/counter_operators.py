"""The operators command (当班人员命令): who may sign in at this machine's counter."""

from scanners.counter.operators import (
    FILE_NAME,
    NotAnOperator,
    Operator,
    add_operator,
    load_operators,
    remove_operator,
    save_operators,
)
from web.commands.asking import ask
from web.commands.running import Misused
from web.settings import Settings


def run_add_operator(settings: Settings, code: str, *, with_badge: bool, takes_over_only: bool = False) -> None:
    """Ask for the secrets, unseen, and keep their hashes; of who only takes over a badge.

    Raises Misused, OSError.
    """
    pin = None if takes_over_only else ask("PIN", hidden=True, confirm=True)
    badge = ask("工牌 badge", hidden=True) if with_badge or takes_over_only else None
    save_operator(settings, code, pin=pin, badge=badge)


def save_operator(settings: Settings, code: str, *, pin: str | None, badge: str | None = None) -> None:
    """Keep an operator. Raises Misused, OSError."""
    path = settings.data_dir / FILE_NAME
    try:
        save_operators(path, add_operator(load_operators(path), code, pin=pin, badge=badge))
    except NotAnOperator as error:
        raise Misused(error) from error


def find_operators(settings: Settings) -> list[Operator]:
    """Who may sign in, or take parcels over. Raises Misused, OSError."""
    try:
        return load_operators(settings.data_dir / FILE_NAME).operators
    except NotAnOperator as error:
        raise Misused(error) from error


def run_remove_operator(settings: Settings, code: str) -> None:
    """Forget an operator. Raises Misused, OSError."""
    path = settings.data_dir / FILE_NAME
    try:
        save_operators(path, remove_operator(load_operators(path), code))
    except NotAnOperator as error:
        raise Misused(error) from error
