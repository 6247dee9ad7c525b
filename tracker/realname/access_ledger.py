"""The access ledger (查阅台账): who opened which record, when, for what purpose and case; written before it opens.

One signed line an entry, each covering the line before, in the vault's own folder: whoever opens a record cannot reach
it, and a line that is changed, taken out or cut off shows. Kept for the term of the province (5 or 10 years).
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from tracker.realname.signed_lines import Kind, Linked


class Access(Linked, frozen=True, kw_only=True):
    """One opening, or a try that was refused. `opener` is a login name; nothing tells of the person in the record."""

    at: Annotated[datetime, Meta(tz=True)]
    opener: str
    role: str
    record_id: str
    waybill_no: str
    subject: str
    purpose: str
    case_no: str
    outcome: str


LEDGER_FILE = "ledger.jsonl"
LEDGER = Kind("jixin-access+jws", Access)
