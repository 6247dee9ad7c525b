"""The bulletin (投诉申诉通报): a month per million parcels, as a page and as CSV."""

import csv
from io import StringIO
from typing import Annotated

from fastapi import APIRouter, Query, Response

from credit_scoring.complaints.bulletin import Bulletin, Line, collect_bulletin, month_of
from credit_scoring.complaints.codes.categories import Category
from tracker.store.database import reading
from tracker.store.registry import Carrier, carriers
from tracker.working_days import local_day_of
from web.context import Asking, Context
from web.pages.frame import show
from web.pages.table_file import BOM, write_harmless
from web.views.bulletin_view import build_bulletin_view
from web.views.names import carrier_name
from web.views.times import write_rfc3339

router = APIRouter(include_in_schema=False)
Month = Annotated[str | None, Query(max_length=7, description="YYYY-MM; by default the last whole month")]
COLUMNS = ("carrier", "code", "parcels", "complaints", "appeals", "appeal_rate", "effective", "effective_rate", "late",
           "settled", "judged")  # fmt: skip


@router.get("/complaints/bulletin")
def show_bulletin(asking: Asking, month: Month = None) -> Response:
    """The month's figures: all together, then each carrier."""
    bulletin, known = bulletin_of(asking, month)
    view = build_bulletin_view(asking.words, bulletin, known, now=asking.now)
    return show(asking.request, "bulletin.html", view)


@router.get("/complaints/bulletin.csv")
def export_bulletin(asking: Asking, month: Month = None) -> Response:
    """The same, one line a carrier; everybody's first."""
    bulletin, known = bulletin_of(asking, month)
    words = asking.words
    file = StringIO()
    writer = csv.writer(file)
    titles = [words(f"bulletin.{name}") for name in COLUMNS]
    titles += [words(f"complaint.category.{category}") for category in Category]
    writer.writerow([*titles, words("bulletin.month"), words("csv.as_of")])
    for line in (bulletin.total, *bulletin.lines):
        name = words("bulletin.all")
        if line.carrier is not None:
            name = carrier_name(words, line.carrier, known.get(line.carrier)).text
        writer.writerow([*_cells(name, line), bulletin.month, write_rfc3339(bulletin.as_of)])
    headers = {"Content-Disposition": f'attachment; filename="complaints-{bulletin.month}.csv"'}
    return Response((BOM + file.getvalue()).encode(), media_type="text/csv; charset=utf-8", headers=headers)


def bulletin_of(asking: Context, month: str | None) -> tuple[Bulletin, dict[str, Carrier]]:
    """The figures of a month as they stand now, and who the carriers are. Raises WindowInvalid."""
    name, window = month_of(month, today=local_day_of(asking.now))
    with reading(asking.engine) as session:
        return collect_bulletin(session, name, window, as_of=asking.now), carriers(session)


def _cells(name: str, line: Line) -> list[str]:
    rates = [line.appeal_rate.value, line.effective_rate.value]
    appeal, effective = ("" if rate is None else str(rate) for rate in rates)
    told = [
        name, line.carrier or "", line.parcels, line.complaints, line.appeals, appeal, line.effective, effective,
        line.late, line.settled, line.judged, *(line.by_category[category] for category in Category),
    ]  # fmt: skip
    return [write_harmless(str(each)) for each in told]
