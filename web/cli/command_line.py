"""The frame of every command (命令框架): settings, words to the terminal, errors that say what to do, exit codes."""

import sys
import tomllib
from contextlib import AbstractContextManager
from typing import Any, NoReturn

import structlog
import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperGroup

from web.commands.running import Misused
from web.logs import configure_logs, logs_as_json
from web.os_errors import explain_os_error
from web.settings import Settings
from web.unknown_settings import find_unknown_settings

FAILED, MISUSED = 1, 2
console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class WholeHelp(TyperGroup):
    """Names each command with its whole sentence, which click would cut off."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # typer keeps the names of these types to itself
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help or "") for name, command in self.commands.items()])


def read_settings(*, names_unknown: bool = True) -> Settings:
    """The settings; a wrong one ends the program with exit 2 and its name, one that is none is named in the log."""
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors():
            name = "JIXIN_" + "_".join(str(part) for part in fault["loc"]).upper()
            errors.print(f"设置有误 bad setting {name}: {fault['msg']}")
        raise typer.Exit(MISUSED) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"设置有误 jixin.toml is not TOML: {error}", MISUSED)
    set_up_logs(settings.log_level, settings.log_format)
    if names_unknown and (unknown := find_unknown_settings()):
        structlog.get_logger().warning("settings_unknown", names=unknown)
    return settings


def set_up_logs(level: str, form: str) -> None:
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "jixin")
    configure_logs(process=command, level=level, json=logs_as_json(form))


def fail(message: object, code: int = FAILED) -> NoReturn:
    """End with a message that says what to do."""
    errors.print(f"✗ {message}", markup=False)
    raise typer.Exit(code)


class explained:  # noqa: N801 reads as a sentence: with explained()
    """Errors that say what to do become one line and exit 1; a missing server package says which to install."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ModuleNotFoundError):
            fail(
                "此命令需要服务端组件 · "
                f"this command needs the server packages: install jixin[server] (missing: {error.name})"
            )
        if isinstance(error, KeyboardInterrupt):
            fail("已停止 · stopped")
        if isinstance(error, Misused):
            fail(error, MISUSED)
        if isinstance(error, Exception) and _is_ours(error):
            fail(error)
        if isinstance(error, OSError):
            fail(explain_os_error(error))


def sharing_the_store(settings: Settings) -> AbstractContextManager[None]:
    """A command that writes the store keeps a restore out meanwhile, and waits for none."""
    from web.commands.running import sharing_store

    return sharing_store(settings)


def _is_ours(error: Exception) -> bool:
    """Whether one of our own errors, which say what to do; any other is a bug and goes to the log."""
    return type(error).__module__.split(".")[0] in ("tracker", "scanners", "credit_scoring", "web")
