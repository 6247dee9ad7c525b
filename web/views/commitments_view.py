"""Published commitments (信用承诺公示): what an enterprise committed to, since when, and whether it kept it."""

from collections.abc import Sequence
from dataclasses import dataclass

from credit_scoring.archive.archive import Archive
from credit_scoring.archive.commitments import template_of
from credit_scoring.archive.kinds import BROKEN, RecordKind
from credit_scoring.archive.record import Entry
from tracker.store.registry import Carrier
from web.views.names import Name, carrier_name
from web.views.parts import Chip
from web.words import Words


@dataclass(frozen=True, slots=True)
class CommitmentView:
    """One commitment with its sentences, its signature, and how it was judged."""

    title: str
    signed: str
    sentences: tuple[str, ...]
    digest: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class CommitmentsPage:
    """Everything the template places."""

    name: Name
    code: str
    uscc: str
    commitments: tuple[CommitmentView, ...]
    carrier_href: str


def build_commitments_page(words: Words, carrier: Carrier, archive: Archive) -> CommitmentsPage:
    """A carrier's commitments that hold, the newest first."""
    judged = archive.of_kind(RecordKind.COMMITMENT_JUDGEMENT)
    return CommitmentsPage(
        name=carrier_name(words, carrier.code, carrier),
        code=carrier.code,
        uscc=carrier.uscc or "",
        commitments=tuple(_commitment(words, each, judged) for each in archive.of_kind(RecordKind.COMMITMENT)),
        carrier_href=f"/carriers/{carrier.code}",
    )


def _commitment(words: Words, entry: Entry, judged: Sequence[Entry]) -> CommitmentView:
    told = entry.told
    verdicts = [each.told for each in judged if each.told.concerns == entry.record_id]
    chips = tuple(
        Chip(
            words("commitments.judged", verdict=words(f"archive_choice.{each.code}"), day=each.document_date),
            "warn" if each.code == BROKEN else "",
        )
        for each in verdicts
    )
    return CommitmentView(
        title=words("commitments.one", template=told.key or ""),
        signed=words("commitments.signed", day=told.document_date, published=told.valid_from),
        sentences=tuple(template_of(told.key or "").sentences(english=words.lang == "en")),
        digest=told.proof.sha256 if told.proof else "",
        chips=chips or (Chip(words("commitments.not_judged"), "note"),),
    )
