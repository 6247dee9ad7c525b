"""Services (服务): the whole house, or one process of it."""

from web.cli.command_line import console, explained, read_settings
from web.cli.options import Months, Parcels, Seed


def demo(parcels: Parcels = 3000, seed: Seed = 1, months: Months = 12) -> None:
    """演示：真实揽收与模拟车队走完全程 · the whole way in one command: real pick-ups, a simulated fleet, web pages."""
    settings = read_settings()
    with explained():
        from web.commands.demo.running_demo import run_demo

        run_demo(settings, parcels=parcels, seed=seed, months=months, console=console)


def up() -> None:
    """启动：代理、保险库、入库、任务、网页 · all services under one supervisor, without the fleet."""
    settings = read_settings()
    with explained():
        from web.commands.supervisor import run_up

        run_up(settings, say=console.print)


def tracker() -> None:
    """入库进程 · the tracker alone: takes scans from the broker into the store."""
    settings = read_settings()
    with explained():
        from web.commands.services import run_tracker

        run_tracker(settings)


def web() -> None:
    """网页进程 · the web server alone."""
    settings = read_settings()
    with explained():
        from web.commands.services import run_web

        run_web(settings)


def scheduler() -> None:
    """任务进程 · the scheduler alone: assesses carriers every hour."""
    settings = read_settings()
    with explained():
        from web.commands.services import run_scheduler

        run_scheduler(settings)
