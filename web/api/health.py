"""Health (健康检查): alive at all, and ready to answer from the store."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.database import reading
from tracker.store.event_store import log_head
from tracker.store.migrate import current_revision, head_revision
from web.context import Asking
from web.errors import NotReady

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Literal["live"] = "live"


class Ready(BaseModel):
    """The store answers, its schema is the one this code knows, and this is how far its log is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: Literal["ready"] = "ready"
    schema_revision: str
    position: int


@router.get("/health/live")
async def show_live() -> Live:
    """Whether the process answers; asks nothing of the store."""
    return Live()


@router.get("/health/ready")
def show_ready(asking: Asking) -> Ready:
    """Whether requests can be answered; 503 `not-ready` with the reason where they cannot."""
    revision, position = _read_store(asking.engine)
    if revision is None or revision != head_revision():
        raise NotReady("the schema is not the one this program knows: run `jixin migrate`")
    return Ready(schema_revision=revision, position=position)


def _read_store(engine: Engine) -> tuple[str | None, int]:
    try:
        revision = current_revision(engine.execution_options(reads_only=True))
        with reading(engine) as session:
            return revision, log_head(session).position
    except SQLAlchemyError as error:
        raise NotReady("the store does not answer") from error
