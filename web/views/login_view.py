"""The login pages' views (登录): the form, and what was wrong in words that tell nothing about who exists."""

from dataclasses import dataclass

from web.accounts.login import Tried
from web.views.times import full_moment
from web.words import Words


@dataclass(frozen=True, slots=True)
class LoginView:
    """The password's form; `said` is what was wrong, `advice` what to do."""

    csrf: str
    onward: str
    login: str
    said: str
    advice: str


@dataclass(frozen=True, slots=True)
class CodeView:
    """The code's form."""

    csrf: str
    onward: str
    said: str
    advice: str


def build_login_view(
    words: Words,
    *,
    csrf: str,
    onward: str,
    login: str = "",
    tried: Tried | None = None,
) -> LoginView:
    """The view of a first look, or after a try."""
    if tried is None or tried.until is not None:
        return LoginView(csrf, onward, login[:64], *_locked(words, tried))
    return LoginView(csrf, onward, login[:64], words(f"login.{tried.ending}"), words(f"login.{tried.ending}_advice"))


def build_code_view(words: Words, *, csrf: str, onward: str, tried: Tried | None = None) -> CodeView:
    """The same for the code."""
    if tried is None or tried.until is not None:
        return CodeView(csrf, onward, *_locked(words, tried))
    return CodeView(csrf, onward, words("code.wrong"), words("code.wrong_advice"))


def _locked(words: Words, tried: Tried | None) -> tuple[str, str]:
    if tried is None or tried.until is None:
        return "", ""
    return words("login.locked", until=full_moment(tried.until).text), words("login.locked_advice")
