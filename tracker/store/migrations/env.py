"""Alembic's environment (迁移环境): always on the connection that `tracker.store.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import tracker.store.tables  # noqa: F401 fills the metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Monthly partitions belong to `event`; they are made while recording, not by migrations."""
    return not (kind == "table" and name is not None and name.startswith("event_"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_name=include_name,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
