"""The frame (页面框架): language, navigation and assets around every page."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from web.assets import Assets
from web.pages.navigation import SECTIONS, STAFF_SECTIONS, section_here, sections_of
from web.views.division_choices import division_list
from web.words import DEFAULT_LANGUAGE, LANGUAGES, Words, load_words

COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the frame; `is_here` where it leads to what is being read."""

    text: str
    href: str
    is_here: bool
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a page; `is_long` where more stands in the navigation than everybody's sections."""

    lang: str
    is_staff: bool
    is_long: bool
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
        self.templates.globals["divisions"] = division_list

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
    """The page: a template filled with a view and the frame around it. Remembers an explicit choice of language.

    Who is logged in has their own navigation on it, except where the fault is ours: then the store may be away.
    """
    frames: Frames = request.app.state.frames
    words = frames.words_of(request)
    sections = sections_of(request) if status < HTTPStatus.INTERNAL_SERVER_ERROR else SECTIONS
    frame = _frame(request, words, section, sections)
    html = frames.templates.get_template(template).render(view=view, t=words, frame=frame)
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


def _frame(request: Request, words: Words, section: str | None, sections: dict[str, str]) -> Frame:
    here = section_here(request, section, sections)
    return Frame(
        lang=words.lang,
        is_staff=section in STAFF_SECTIONS,
        is_long=len(sections) > len(SECTIONS),
        sections=tuple(Link(words(f"frame.{name}"), href, name == here) for name, href in sections.items()),
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


def _in_language(request: Request, lang: str) -> str:
    """This page in another language, its other questions kept."""
    query = [(key, value) for key, value in request.query_params.multi_items() if key != COOKIE]
    return "?" + urlencode([*query, (COOKIE, lang)])
