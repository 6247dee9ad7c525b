"""Progress (进度条): the one look of every bar: scans on their way to a receipt, and long work step by step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Show = Callable[[int, int], None]
Advance = Callable[[int, int | None], None]  # done, and of how many where that is known


@contextmanager
def showing_receipts(console: Console, title: str) -> Iterator[Show]:
    """A bar; call with the scans kept so far and how many of them wait for a receipt."""
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[state]}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None, state="")

        def show(kept: int, waiting: int) -> None:
            receipted = max(kept - waiting, 0)
            bar.update(task, total=max(kept, 1), completed=receipted, state=f"{receipted:,} / {kept:,}")

        yield show


@contextmanager
def showing_steps(console: Console) -> Iterator[Callable[[str], Advance]]:
    """Begin a step by its title; call what comes back with how much of it is done."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:

        def begin(title: str) -> Advance:
            task = bar.add_task(title, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield begin
