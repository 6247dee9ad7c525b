"""The desk's list as a file (投诉件导出): a case a line, each code with its word before it, times in Beijing time."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from credit_scoring.complaints.complaint_store import History
from tracker.store.registry import Carrier
from web.pages.table_file import Cell, FileTable, write_csv
from web.views.complaint_view import write_channel, write_owner
from web.views.names import carrier_name
from web.views.times import full_moment
from web.words import Words

PLAIN = ("complaint.receipt", "complaint.waybill_no", "complaint.received_local", "complaint.due_on",
         "complaint.merged_into")  # fmt: skip
CODED = ("complaint.about", "complaint.channel", "complaint.channel_asked", "complaint.category_title",
         "complaint.cause_title", "complaint.state_title", "complaint.owed_title",
         "complaint.first_owner")  # fmt: skip


def write_complaints_csv(
    words: Words, histories: Iterable[History], known: Mapping[str, Carrier], *, as_of: datetime
) -> bytes:
    """The file, heads and words in the page's language; the codes beside them are the same in every language."""
    heads = [words(name) for name in PLAIN]
    for title in map(words, CODED):
        heads += [title, words("complaint.code_of", title=title)]
    rows = [[*_plain(each), *_coded(words, each, known), full_moment(as_of).text] for each in histories]
    return write_csv(FileTable(words("complaint.list.regulator"), [*heads, words("complaint.as_of_local")], rows))


def _plain(history: History) -> list[Cell]:
    case, standing = history.case, history.standing
    deadline = standing.deadline
    due = deadline.day.isoformat() if deadline else None
    return [case.case_no, case.waybill_no, full_moment(case.received_at).text, due, standing.merged_into]


def _coded(words: Words, history: History, known: Mapping[str, Carrier]) -> list[Cell]:
    """As CODED says; both are empty where nobody owes an answer."""
    case, standing = history.case, history.standing
    owed = standing.owed_by
    return [
        carrier_name(words, case.carrier, known.get(case.carrier)).text, case.carrier,
        write_channel(words, case.channel), case.channel,
        write_channel(words, case.channel_asked), case.channel_asked,
        words(f"complaint.category.{case.category}"), case.category.value,
        words(f"complaint.cause.{case.cause}"), case.cause.value,
        words(f"complaint.state.{standing.state}"), standing.state.value,
        words(f"complaint.party.{owed}") if owed else None, owed.value if owed else None,
        write_owner(words, case.first_owner, known), case.first_owner,
    ]  # fmt: skip
