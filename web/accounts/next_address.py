"""Where to go on (登录后去向): an address of this site that was asked for before the login, and no other."""

from urllib.parse import urlencode

from fastapi import Request

HOME = "/account"
LONGEST = 2_000


def parse_next(text: str | None) -> str:
    """A path of this site with its query, or HOME: `//evil`, `/\\evil`, other schemes and control characters are none.

    Browsers read a backslash as a slash, and drop tabs and line ends from inside an address.
    """
    if not text or len(text) > LONGEST or not text.startswith("/") or text.startswith("//"):
        return HOME
    if "\\" in text or any(letter <= " " or letter == "\x7f" for letter in text):
        return HOME
    return text


def write_next(request: Request, path: str) -> str:
    """The address of a page that, when done, goes on to what was asked for here."""
    if request.method not in ("GET", "HEAD"):
        return path
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return path if parse_next(asked) == HOME else f"{path}?{urlencode({'next': asked})}"
