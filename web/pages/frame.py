"""The frame (页面框架): language, navigation and assets around every page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from tracker.access.sessions import Standing
from web.access import ACCESS
from web.accounts.asker import asker_of
from web.assets import Assets
from web.words import DEFAULT_LANGUAGE, LANGUAGES, Words, load_words

COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600
SECTIONS = {"search": "/", "rankings": "/rankings", "schemes": "/schemes"}
STAFF_SECTIONS = {
    "devices": "/regulator/devices",
    "evaluations": "/regulator/evaluations",
    "drafts": "/regulator/schemes",
    "archives": "/regulator/archives",
    "own_archive": "/carrier/archive",
    "practitioners": "/practitioners",
    "practitioner": "/practitioner",
    "cases": "/regulator/complaints",
    "own_cases": "/carrier/complaints",
    "objections": "/regulator/objections",
    "own_objections": "/carrier/objections",
    "vault": "/vault",
    "requests": "/vault/requests",
    "accounts": "/admin/accounts",
    "ledger": "/vault/ledger",
    "audit": "/admin/audit",
    "account": "/account",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the frame; `is_here` where it leads to what is being read."""

    text: str
    href: str
    is_here: bool
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page."""

    lang: str
    is_staff: bool
    sections: tuple[Link, ...]
    languages: tuple[Link, ...]


class Frames:
    """Templates, words and assets, loaded once for an app."""

    def __init__(self, assets: Assets) -> None:
        self.words = load_words()
        self.templates = Environment(
            loader=PackageLoader("web"),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.globals["asset"] = assets.url_of

    def words_of(self, request: Request) -> Words:
        """The words of the language chosen by `?lang=` or, before, by cookie; else Chinese."""
        return self.words[_chosen(request) or _remembered(request) or DEFAULT_LANGUAGE]


def words_of(request: Request) -> Words:
    """The words this request is answered in."""
    frames: Frames = request.app.state.frames
    return frames.words_of(request)


def show(
    request: Request, template: str, view: object, *, section: str | None = None, status: int = 200
) -> HTMLResponse:
    """The page: a template filled with a view and the frame around it. Remembers an explicit choice of language."""
    frames: Frames = request.app.state.frames
    words = frames.words_of(request)
    html = frames.templates.get_template(template).render(view=view, t=words, frame=_frame(request, words, section))
    response = HTMLResponse(html, int(status), headers={"Cache-Control": "private, no-cache", "Vary": "Cookie"})
    if _chosen(request):
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, words.lang, COOKIE_SECONDS, samesite="lax", httponly=True, secure=secure)
    return response


def _chosen(request: Request) -> str | None:
    lang = request.query_params.get(COOKIE)
    return lang if lang in LANGUAGES else None


def _remembered(request: Request) -> str | None:
    lang = request.cookies.get(COOKIE)
    return lang if lang in LANGUAGES else None


def _frame(request: Request, words: Words, section: str | None) -> Frame:
    sections = _staff_sections(request) if section in STAFF_SECTIONS else SECTIONS
    return Frame(
        lang=words.lang,
        is_staff=section in STAFF_SECTIONS,
        sections=tuple(Link(words(f"frame.{name}"), href, name == section) for name, href in sections.items()),
        languages=tuple(
            Link(
                request.app.state.frames.words[lang]("frame.language"),
                _in_language(request, lang),
                lang == words.lang,
                lang,
            )
            for lang in LANGUAGES
        ),
    )


def _staff_sections(request: Request) -> dict[str, str]:
    """The pages that who asks may open."""
    asker = asker_of(request)
    if asker.session is None or asker.session.standing is not Standing.FULL:
        return {"account": STAFF_SECTIONS["account"]}
    role = asker.session.account.role
    return {name: href for name, href in STAFF_SECTIONS.items() if role in ACCESS[href].roles}


def _in_language(request: Request, lang: str) -> str:
    """This page in another language, its other questions kept."""
    query = [(key, value) for key, value in request.query_params.multi_items() if key != COOKIE]
    return "?" + urlencode([*query, (COOKIE, lang)])
