"""The committee's desk (评定方案起草): regulators draft a year's scheme, see what it would do, and two sign it."""

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from credit_scoring.errors import SchemeInvalid
from credit_scoring.evidence.window import FIRST_DAY, LAST_DAY
from credit_scoring.scheme.draft import Committee, Draft, DraftFault, DraftRefused
from credit_scoring.scheme.rules import Level, Scheme, Text, require
from credit_scoring.scheme.scheme_store import draft_of, find_drafts, save_draft, schemes_of, sign_draft
from credit_scoring.scheme.write import RuleTold, SchemeTold, tell, write_scheme
from credit_scoring.scoring.preview import Collected, collect_last_year, compare
from tracker.access import roles
from tracker.access.audit import Action, Outcome
from tracker.store.database import reading, transaction
from tracker.store.registry import carriers
from tracker.working_days import local_day_of
from web.accounts.asker import asker_of, require_second_factor
from web.accounts.auditing import note, record
from web.accounts.forms import Form
from web.context import Asking, Context
from web.errors import DraftNotFound, NotAllowed
from web.pages.frame import show
from web.runs.previews import Previews
from web.views.draft_view import build_draft_view, build_text_view
from web.views.drafts_view import build_drafts_view
from web.views.preview_view import build_preview_view

router = APIRouter(include_in_schema=False)
HOME = "/regulator/schemes"
MOST = 50
SECOND_FACTOR_WITHIN = timedelta(minutes=10)
LEVELS = {
    roles.Level.NATION: Level.NATIONAL,
    roles.Level.PROVINCE: Level.PROVINCIAL,
    roles.Level.CITY: Level.CITY,
}
NOTE = Text(
    "本方案由信用评定委员会制定，经两名成员签署后生效，不再更改。没有数据的指标不计分，其余按比例折算。",
    "Made by the credit committee and in force by two members' signatures; it is not changed afterwards. What has no"
    " data has no points, and the rest is scaled.",
)


def _committee(asking: Context) -> Committee | None:
    level = LEVELS.get(roles.level_of(asking.scope))
    return Committee(level, asking.scope.division) if level else None


def _known(asking: Asking, draft_id: str) -> Draft:
    """The draft in the address, of the account's committee. Raises DraftNotFound."""
    committee = _committee(asking)
    try:
        number = UUID(draft_id)
        if committee is None:
            raise NotAllowed
        with reading(asking.engine) as session:
            return draft_of(session, number, committee)
    except (ValueError, DraftRefused):
        raise DraftNotFound("-") from None


Known = Annotated[Draft, Depends(_known)]


@router.get(HOME)
def show_drafts(asking: Asking) -> Response:
    """The committee's drafts, and the form to begin one."""
    return _list(asking)


@router.post(HOME)
def begin_draft(asking: Asking) -> Response:
    """A draft with an existing scheme's rules for another year."""
    committee = _committee(asking)
    if committee is None:
        raise NotAllowed
    with reading(asking.engine) as session:
        base = schemes_of(session).of(asking.form("base"))
    try:
        file = write_scheme(_begun(base, asking.form), committee)
        return _saved(asking, committee, uuid4(), 0, file)
    except (SchemeInvalid, DraftRefused) as error:
        return _list(asking, error)


@router.get(HOME + "/{draft_id}")
def show_draft(asking: Asking, draft: Known) -> Response:
    """One draft as a form."""
    return _draft(asking, draft, tell(draft.scheme))


@router.post(HOME + "/{draft_id}")
def change_draft(asking: Asking, draft: Known) -> Response:
    """The form as the next revision, or again with what is wrong."""
    told = _told(asking.form, tell(draft.scheme))
    try:
        file = write_scheme(told, draft.committee)
        return _saved(asking, draft.committee, draft.draft_id, _after(asking.form), file)
    except (SchemeInvalid, DraftRefused) as error:
        return _draft(asking, draft, told, error)


@router.get(HOME + "/{draft_id}/text")
def show_text(asking: Asking, draft: Known) -> Response:
    """The draft's text."""
    return _text(asking, draft, draft.file.decode())


@router.post(HOME + "/{draft_id}/text")
def change_text(asking: Asking, draft: Known) -> Response:
    """The text as the next revision, or again with the line at fault."""
    text = asking.form("text").replace("\r\n", "\n")
    try:
        return _saved(asking, draft.committee, draft.draft_id, _after(asking.form), text.encode())
    except (SchemeInvalid, DraftRefused) as error:
        return _text(asking, draft, text, error)


@router.get(HOME + "/{draft_id}/preview")
def show_preview(asking: Asking, draft: Known) -> Response:
    """Every carrier under the scheme of today and under the draft; a page that asks again while it is computed."""
    division, now = draft.committee.division, asking.now

    def collect() -> Collected | None:
        with reading(asking.engine) as session:
            return collect_last_year(session, division, now=now)

    previews: Previews = asking.request.app.state.previews
    preview = previews.of(division, collect, now=now)
    ready = preview.wait()
    collected = preview.future.result() if ready else None
    with reading(asking.engine) as session:
        present, known = schemes_of(session).on(local_day_of(now), division), carriers(session)
    view = build_preview_view(
        asking.words,
        draft,
        present=present,
        collected=collected,
        compared=compare(collected, present=present, drafted=draft.scheme) if collected else [],
        known=known,
        waits_since=None if ready else preview.begun_at,
    )
    page = _page(asking, "preview.html", view)
    if not ready:
        page.headers["Refresh"] = "3"
    return page


@router.post(HOME + "/{draft_id}/sign")
def put_signature(asking: Asking, draft: Known) -> Response:
    """The account's yes to what it was shown; the second person's adopts it."""
    require_second_factor(asking.request, within=SECOND_FACTOR_WITHIN, now=asking.now)
    object = f"{draft.scheme.version} {draft.draft_id} {draft.revision}"
    try:
        with transaction(asking.engine) as session:
            adopted = sign_draft(
                session,
                draft_id=draft.draft_id,
                sha256=asking.form("sha256"),
                committee=draft.committee,
                signer=_login(asking),
                now=asking.now,
            )
            action = Action.SCHEME_ADOPTED if adopted else Action.SCHEME_SIGNED
            note(session, asking.request, action, object=f"{object} {draft.scheme.sha256}")
    except (SchemeInvalid, DraftRefused) as error:
        record(asking.request, Action.SCHEME_SIGNED, object=f"{object} {error.code}", outcome=Outcome.REFUSED)
        return _draft(asking, draft, tell(draft.scheme), error)
    return _to(draft.draft_id)


def _saved(asking: Context, committee: Committee, draft_id: UUID, after: int, file: bytes) -> Response:
    """Raises SchemeInvalid or DraftRefused."""
    with transaction(asking.engine) as session:
        revision = save_draft(
            session,
            draft_id=draft_id,
            after=after,
            file=file,
            committee=committee,
            author=_login(asking),
            now=asking.now,
        )
        note(session, asking.request, Action.SCHEME_DRAFTED, object=f"{draft_id} {revision}")
    return _to(draft_id)


def _begun(base: Scheme, form: Form) -> SchemeTold:
    year, version = form("year").strip(), form("version").strip()
    known = re.fullmatch("[0-9]{4}", year) is not None and FIRST_DAY.year <= int(year) < LAST_DAY.year
    require(known, f"{year[:40]!r} 不是年份", f"{year[:40]!r} is not a year")
    return replace(
        tell(base),
        version=version,
        valid_from=date(int(year), 1, 1).isoformat(),
        valid_until=date(int(year), 12, 31).isoformat(),
        title=Text(f"快递企业信用评定方案 {version}", f"Credit scheme for carriers {version}"),
        note=NOTE,
    )


def _told(form: Form, before: SchemeTold) -> SchemeTold:
    """What the form says, rules in the order that they had. Raises nothing: it is judged when it is written."""
    names, scores = form.all("grade_name"), form.all("grade_from")
    return SchemeTold(
        version=form("version").strip(),
        valid_from=form("valid_from"),
        valid_until=form("valid_until"),
        minimum=form("minimum"),
        covered=form("covered"),
        title=_words(form, "title", before.title),
        note=_words(form, "note", before.note),
        grades=tuple((name.strip(), low) for name, low in zip(names, scores, strict=False) if name.strip()),
        rules=tuple(_rule(form, rule) for rule in before.rules),
    )


def _words(form: Form, name: str, before: Text) -> Text:
    """Words that lack a language stay as they were."""
    zh, en = form(f"{name}_zh").strip(), form(f"{name}_en").strip()
    return Text(zh or before.zh, en or before.en)


def _rule(form: Form, rule: RuleTold) -> RuleTold:
    name = rule.indicator
    return replace(
        rule,
        dimension=form(f"dimension.{name}") or rule.dimension,
        points=form(f"points.{name}"),
        full=form(f"full.{name}"),
        zero=form(f"zero.{name}"),
        bands=form(f"bands.{name}"),
    )


def _after(form: Form) -> int:
    told = form("revision")
    if not re.fullmatch("[1-9][0-9]{0,8}", told):
        raise DraftRefused(DraftFault.DRAFT_CHANGED)
    return int(told)


def _login(asking: Context) -> str:
    account = asker_of(asking.request).account
    assert account is not None, "web.access lets nobody else through"
    return account.login


def _to(draft_id: UUID) -> Response:
    return RedirectResponse(f"{HOME}/{draft_id}", 303, headers={"Cache-Control": "no-store"})


def _list(asking: Context, error: SchemeInvalid | DraftRefused | None = None) -> Response:
    committee = _committee(asking)
    with reading(asking.engine) as session:
        drafts = find_drafts(session, committee, limit=MOST) if committee else []
        schemes = schemes_of(session)
    form = asking.form if error else None
    view = build_drafts_view(
        asking.words,
        committee,
        drafts,
        schemes,
        today=local_day_of(asking.now),
        csrf=asking.csrf,
        error=error,
        form=form,
    )
    return _page(asking, "drafts.html", view, error)


def _draft(
    asking: Context, draft: Draft, told: SchemeTold, error: SchemeInvalid | DraftRefused | None = None
) -> Response:
    view = build_draft_view(asking.words, draft, told, me=_login(asking), csrf=asking.csrf, error=error)
    return _page(asking, "draft.html", view, error)


def _text(asking: Context, draft: Draft, text: str, error: SchemeInvalid | DraftRefused | None = None) -> Response:
    view = build_text_view(asking.words, draft, text, csrf=asking.csrf, error=error)
    return _page(asking, "draft_text.html", view, error)


def _page(asking: Context, template: str, view: object, error: Exception | None = None) -> Response:
    page = show(asking.request, template, view, section="drafts", status=422 if error else 200)
    page.headers["Cache-Control"] = "no-store"
    return page
