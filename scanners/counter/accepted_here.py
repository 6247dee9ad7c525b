"""What was accepted here (本柜台已收寄): one parcel is accepted once at a counter; after an undo it may be again.

It also says which numbers are usual: a form that this counter took before is not questioned each time.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scanners.outbox import Outbox
from tracker.wire.steps import Step
from tracker.wire.topics import Post

REMEMBERED = timedelta(days=7)  # as long as receipted scans stay in the outbox
_SHORTEST_USUAL = 8  # below every known form: a number that was cut off stays one to look at
_DIGIT = re.compile(r"[0-9]")


class AlreadyAccepted(ValueError):
    """This parcel was accepted here; `when` it was."""

    def __init__(self, when: datetime) -> None:
        super().__init__("accepted already")
        self.when = when


@dataclass(slots=True)
class AcceptedHere:
    """One counter's acceptances, as its outbox has them."""

    outbox: Outbox
    post: Post
    _noted: set[str] | None = None  # every number that may be one; the outbox is asked about these alone
    _forms: set[str] = field(default_factory=set)

    def require_new(self, waybill_no: str, now: datetime) -> None:
        """Raises AlreadyAccepted. The week's scans are read once, at the first parcel, and not for each."""
        when = self._find(waybill_no, now)
        if when is not None:
            raise AlreadyAccepted(when)

    def has(self, waybill_no: str | None, now: datetime) -> bool:
        """Whether it was accepted here, and not undone."""
        return waybill_no is not None and self._find(waybill_no, now) is not None

    def is_usual(self, waybill_no: str, now: datetime) -> bool:
        """Whether a number of the same letters and length was accepted here before."""
        if len(waybill_no) < _SHORTEST_USUAL:
            return False
        self._all_noted(now)
        return _form_of(waybill_no) in self._forms

    def _find(self, waybill_no: str, now: datetime) -> datetime | None:
        if waybill_no not in self._all_noted(now):
            return None
        recent = self.outbox.scans_since(self.post, now - REMEMBERED, waybill_no=waybill_no)
        undone = {each.scan.corrects.event_id for each in recent if each.scan.corrects is not None}
        for each in recent:
            scan = each.scan
            is_same = scan.step is Step.ACCEPTED and scan.corrects is None
            if is_same and each.refusal is None and scan.event_id not in undone:
                return scan.event_time
        return None

    def note(self, waybill_no: str, now: datetime) -> None:
        """It was accepted."""
        self._all_noted(now).add(waybill_no)
        self._forms.add(_form_of(waybill_no))

    def _all_noted(self, now: datetime) -> set[str]:
        if self._noted is None:
            scans = (each.scan for each in self.outbox.scans_since(self.post, now - REMEMBERED))
            self._noted = {scan.waybill_no or "" for scan in scans if scan.step is Step.ACCEPTED}
            self._forms = {_form_of(each) for each in self._noted}
        return self._noted


def _form_of(waybill_no: str) -> str:
    return _DIGIT.sub("0", waybill_no)
