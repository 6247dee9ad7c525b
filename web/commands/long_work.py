"""Long work (进度条): one bar a step, on standard error, gone when the work is done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int, int | None], None]  # done, and of how many where that is known


@contextmanager
def showing_steps(console: Console) -> Iterator[Callable[[str], Advance]]:
    """Begin a step by its title; call what comes back with how much of it is done."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
    ) as bar:

        def begin(title: str) -> Advance:
            task = bar.add_task(title, total=None)

            def advance(done: int, total: int | None) -> None:
                bar.update(task, completed=done, total=total)

            return advance

        yield begin
