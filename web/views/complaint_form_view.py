"""The complaint form (投诉表单): what a consumer may say of a parcel, in codes, and how to get in."""

from dataclasses import dataclass

from credit_scoring.complaints.codes.categories import CAUSES_OF, Category, Cause, fits
from tracker.chain.parcel import Parcel
from tracker.chain.state import State
from web.views.parts import Waybill, write_waybill
from web.words import Words

SIGNED = frozenset({State.DELIVERED, State.AWAITING_PICKUP})
BUTTONS = {  # what a button on the trace page means
    Cause.SIGNED_NOT_RECEIVED: Category.DELIVERY,
    Cause.NEVER_ORDERED: Category.OTHER,
}


@dataclass(frozen=True, slots=True)
class CauseChoice:
    """One cause to choose; `value` is `category.cause`."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """A category with its causes."""

    title: str
    choices: tuple[CauseChoice, ...]


@dataclass(frozen=True, slots=True)
class CaseLink:
    """A case that was filed before."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class FormView:
    """The page: shut with a way in, or open with the form. `about` is what a button chose, in words."""

    waybill: Waybill
    trace_href: str
    action: str
    is_open: bool
    has_tails: bool
    said: str | None
    csrf: str
    cause: str
    about: str | None
    groups: tuple[CauseGroup, ...]
    cases: tuple[CaseLink, ...]


def build_form_view(
    words: Words,
    parcel: Parcel,
    *,
    is_open: bool,
    has_tails: bool,
    said: str | None,
    csrf: str,
    cause: str,
    cases: tuple[CaseLink, ...],
) -> FormView:
    """`cause` is what a button of the trace page chose, or empty."""
    number, chosen = parcel.waybill_no, matter_of_button(parcel, cause)
    return FormView(
        waybill=write_waybill(number),
        trace_href=f"/t/{number}",
        action=f"/t/{number}/complaint",
        is_open=is_open,
        has_tails=has_tails,
        said=said,
        csrf=csrf,
        cause=cause if chosen else "",
        about=words(f"complaint.button.{cause}") if chosen else None,
        groups=tuple(
            CauseGroup(words(f"complaint.category.{category}"), tuple(_choices(words, parcel, category, chosen)))
            for category in Category
        ),
        cases=cases,
    )


def parse_matter(text: str) -> tuple[Category, Cause] | None:
    """A choice of the form; None for anything else."""
    category, _, cause = text.partition(".")
    if category not in set(Category) or cause not in set(Cause) or not fits(Category(category), Cause(cause)):
        return None
    return Category(category), Cause(cause)


def matter_of_button(parcel: Parcel, cause: str) -> str:
    """The choice that a button on the trace page means; empty where there is no such button."""
    if cause not in buttons_of(parcel):
        return ""
    return f"{BUTTONS[Cause(cause)]}.{cause}"


def buttons_of(parcel: Parcel) -> list[Cause]:
    """What the trace page offers: who has not got it may say so only where a scan says otherwise."""
    return [cause for cause in BUTTONS if cause is not Cause.SIGNED_NOT_RECEIVED or parcel.state in SIGNED]


def _choices(words: Words, parcel: Parcel, category: Category, chosen: str) -> list[CauseChoice]:
    return [
        CauseChoice(f"{category}.{cause}", words(f"complaint.cause.{cause}"), f"{category}.{cause}" == chosen)
        for cause in CAUSES_OF[category]
        if cause not in BUTTONS or cause in buttons_of(parcel)
    ]
