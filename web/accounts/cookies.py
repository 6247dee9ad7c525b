"""Cookies (会话 Cookie): two, neither readable by scripts nor sent along with what other sites begin.

They are Secure and named `__Host-…`, so that no other host or path can set them, wherever the web is reached over TLS:
where the request came so, or JIXIN_PUBLIC_URL says https (a proxy in front). Then one without that name counts nothing.
"""

from fastapi import Request, Response

SESSION = "jixin-session"
LOGIN = "jixin-login"  # before there is a session: holds a form together with the browser that it was given to


def is_secure(request: Request) -> bool:
    """Whether browsers reach this server over TLS."""
    public: str | None = request.app.state.settings.public_url
    return request.url.scheme == "https" or (public or "").startswith("https://")


def read_cookie(request: Request, name: str) -> str | None:
    """The cookie's value."""
    return request.cookies.get(_named(request, name))


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Give the browser a cookie, until it is closed."""
    response.set_cookie(
        _named(request, name), value, path="/", secure=is_secure(request), httponly=True, samesite="lax"
    )


def drop_cookie(request: Request, response: Response, name: str) -> None:
    """Take it back."""
    response.delete_cookie(_named(request, name), path="/", secure=is_secure(request), httponly=True, samesite="lax")


def _named(request: Request, name: str) -> str:
    return f"__Host-{name}" if is_secure(request) else name
