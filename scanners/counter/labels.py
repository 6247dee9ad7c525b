"""The labels of a counter (面单打印): what they show is kept, masked, for the last parcels, and drawn when asked."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from scanners.counter.forms import PartyForm
from scanners.label.content import Label, LabelOrder, Party, build_label
from scanners.label.layout import lay_out
from scanners.label.media import Density, Media, Paper
from scanners.label.png import draw_png
from scanners.label.printer import Printer, PrinterAiling
from scanners.label.typeface import Typeface
from scanners.label.zpl import write_zpl
from tracker.wire.details import LOCAL
from tracker.wire.label_token import label_address, label_token

log = structlog.get_logger()

AT_HAND = 50


class NotPrinted(RuntimeError):
    """The label was not printed: the parcel is accepted all the same, and its label may be opened. `why` is a code."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Labels:
    """`base` is the address of the trace pages, `key` the device's label key; without a base no label is made."""

    carrier: str
    base: str | None
    key: bytes | None
    typeface: Typeface
    printer: Printer | None = None
    media: Media = field(default_factory=lambda: Media(Paper.LARGE, int(Density.LOW)))
    _at_hand: OrderedDict[UUID, Label] = field(default_factory=OrderedDict)

    def keep(
        self, event_id: UUID, waybill_no: str, sender: PartyForm, recipient: PartyForm, *,
        weight_g: int, destination: str | None, now: datetime,
    ) -> bool:  # fmt: skip
        """Keep what a parcel's label shows, masked; False where no address of the trace page is known."""
        if self.base is None:
            return False
        order = LabelOrder(
            waybill_no, self.carrier, _party(sender), _party(recipient), destination, None, weight_g, inspected=True
        )
        token = label_token(self.key, waybill_no) if self.key else None
        address = label_address(self.base, waybill_no, token)
        self._at_hand[event_id] = build_label(order, printed_at=now.astimezone(LOCAL), address=address)
        while len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)
        return True

    def draw(self, event_id: UUID) -> bytes | None:
        """A label's picture; None for one that is no longer at hand. Raises LabelError."""
        label = self._at_hand.get(event_id)
        return None if label is None else draw_png(lay_out(label, self.media, self.typeface))

    def print(self, event_id: UUID) -> None:
        """Send a label to the printer. Raises NotPrinted."""
        label = self._at_hand.get(event_id)
        if label is None or self.printer is None:
            raise NotPrinted("no_printer" if self.printer is None else "no_label")
        try:
            self.printer.print(write_zpl(lay_out(label, self.media, self.typeface)))
        except PrinterAiling as error:
            log.warning("label_not_printed", reason=error.ailment)
            raise NotPrinted(error.ailment) from error


def _party(form: PartyForm) -> Party:
    return Party(form.organisation.strip() or form.name.strip() or "-", form.phone or "-", form.address or "-")
