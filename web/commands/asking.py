"""Asking (终端问答): a person answers at a terminal, a program by a line each; secrets are not shown."""

import sys
from collections.abc import Callable
from typing import TypeVar

import typer

from web.commands.running import Misused

AnswerT = TypeVar("AnswerT")


def ask(what: str, *, hidden: bool = False, confirm: bool = False, default: str | None = None) -> str:
    """The answer, trimmed; `default` where none is given, and none has to be."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip() or default or ""
    answer: str = typer.prompt(
        what, hide_input=hidden, confirmation_prompt=confirm, err=True, default=default, show_default=bool(default)
    )
    return answer.strip()


def ask_for(what: str, parse: Callable[[str], AnswerT], *, default: str | None = None) -> AnswerT:
    """The answer, parsed; a person whose answer cannot be read is asked again. Raises Misused for a program's."""
    while True:
        try:
            return parse(ask(what, default=default))
        except Misused as error:
            if not sys.stdin.isatty():
                raise
            typer.echo(f"! {error}", err=True)
