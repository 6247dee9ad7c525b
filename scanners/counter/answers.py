"""Answers (答复): what the counter's page is told, in both languages where words are needed; JSON-ready."""

from typing import Any

from scanners.counter.day_list import Day
from scanners.counter.desk import NOT_YET, Kept
from scanners.identity.gate import Accepted, Refused
from scanners.identity.presented import Document
from scanners.identity.reasons import Caution, Reason, Refusal, wording_of
from tracker.wire.details import LOCAL
from tracker.wire.masking import mask_document, mask_name


def tell_decision(outcome: Accepted | Refused, *, is_usual: bool) -> dict[str, Any]:
    """The gate's word before anything is kept: ready, not yet, or refused; `is_usual` is its number's form here."""
    if isinstance(outcome, Accepted):
        told = [each for each in outcome.cautions if not (is_usual and each is Caution.WAYBILL_UNRECOGNISED)]
        return {"verdict": "ready", "reasons": [], "cautions": [_tell_reason(each) for each in told]}
    verdict = "pending" if set(outcome.reasons) <= NOT_YET else "refused"
    grave_first = sorted(outcome.refusals, key=lambda each: each.reason in NOT_YET)
    return {"verdict": verdict, "reasons": [_tell_refusal(each) for each in grave_first], "cautions": []}


def tell_outcome(outcome: Kept | Refused) -> dict[str, Any]:
    """What became of an acceptance."""
    if isinstance(outcome, Kept):
        return tell_kept(outcome) | {"verdict": "accepted", "reasons": []}
    return {"verdict": "refused", "reasons": [_tell_refusal(each) for each in outcome.refusals]}


def tell_kept(kept: Kept) -> dict[str, Any]:
    """A scan that is on disk."""
    return {
        "event_id": str(kept.event_id), "waybill_no": kept.waybill_no, "label": kept.has_label,
    }  # fmt: skip


def tell_card(document: Document) -> dict[str, Any]:
    """What the screen may show of a card: masked, as on a label."""
    until = "长期" if document.for_life else "" if document.valid_until is None else document.valid_until.isoformat()
    return {
        "kind": document.kind, "name": mask_name(document.name), "number": mask_document(document.number)[-4:],
        "valid_until": until,
    }  # fmt: skip


def tell_day(day: Day) -> dict[str, Any]:
    """The day's list, times in the clock of the place."""
    return {
        "parcels": day.parcels,
        "turned_away": day.turned_away,
        "lines": [
            {
                "at": f"{line.at.astimezone(LOCAL):%H:%M}",
                "waybill_no": line.waybill_no,
                "step": line.step,
                "is_bag": line.is_bag,
                "state": line.state,
                "operator": line.operator,
                "event_id": line.event_id,
                "receipted_at": line.receipted_at and f"{line.receipted_at.astimezone(LOCAL):%H:%M}",
                "codes": list(line.codes),
                "words": [_tell_reason(Reason(code)) for code in line.codes if line.state == "turned_away"],
                "can_undo": line.can_undo,
            }
            for line in day.lines
        ],
    }


def _tell_refusal(refusal: Refusal) -> dict[str, Any]:
    source = refusal.source
    article = f"第{source.article}条" if source.article else ""
    return _tell_reason(refusal.reason) | {
        "pending": refusal.reason in NOT_YET,
        "law": {"zh-CN": source.zh + article, "en": source.en + (f", Art. {source.article}" if source.article else "")},
    }


def _tell_reason(code: Reason | Caution) -> dict[str, Any]:
    told = wording_of(code)
    return {
        "code": code.value, "duty": told.duty.value,
        "what": {"zh-CN": told.zh, "en": told.en}, "do": {"zh-CN": told.do_zh, "en": told.do_en},
    }  # fmt: skip
