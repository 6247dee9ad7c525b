"""Checks of clocks (期限自检): no rights request is overdue, and the calendar by which terms end is known."""

from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from tracker.store.database import reading
from tracker.store.rights_store import find_open_requests
from tracker.working_days import last_published_year, local_day_of
from web.commands.running import InstallationDoubt

NAMED = 3
DECEMBER = 12  # the State Council has published the next year's days off by then


def check_rights(engine: Engine) -> str:
    """Whether every person who asked was answered in time. Raises InstallationDoubt."""
    today = local_day_of(datetime.now(UTC))
    with reading(engine) as session:
        found = find_open_requests(session)
    late = [each for each in found if each.is_overdue(today)]
    if late:
        named = ", ".join(f"{each.request_no} ({each.deadline.day})" for each in late[:NAMED])
        raise InstallationDoubt(
            f"个人信息权利请求已超期 · {len(late)} are overdue, such as {named}: a vault officer answers them on "
            "/vault/requests"
        )
    return f"{len(found)} open, none overdue"


def check_calendar() -> str:
    """Whether terms that end soon end on a day that is sure. Raises InstallationDoubt."""
    today, last = local_day_of(datetime.now(UTC)), last_published_year()
    if last < today.year + (today.month == DECEMBER):
        raise InstallationDoubt(
            f"放假安排需要更新 · days off are known up to {last}: terms beyond are provisional; "
            "upgrade the package chinesecalendar"
        )
    return f"days off are known up to {last}"
