"""Column types (列类型) that read the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The aware time, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)  # PostgreSQL reads offsets up to 15:59 only, RFC 3339 knows 23:59


class UtcTime(TypeDecorator[datetime]):
    """An aware time: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite (which keeps no zone)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    @staticmethod
    def converter(engine: str) -> Callable[[datetime], Any]:
        """What makes a time what the engine keeps."""
        return to_microseconds if engine == "sqlite" else _to_utc

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return None if value is None else self.converter(dialect.name)(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return from_microseconds(value)
        moment: datetime = value
        return moment.astimezone(UTC)


class EventId(TypeDecorator[UUID]):
    """A UUID: `uuid` on PostgreSQL, its 16 octets on SQLite; both sort a UUIDv7 by its time."""

    impl = sa.Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.LargeBinary(16) if dialect.name == "sqlite" else sa.Uuid())

    @staticmethod
    def converter(engine: str) -> Callable[[UUID], Any] | None:
        """What makes an id what the engine keeps; None where it takes a UUID as it is."""
        return attrgetter("bytes") if engine == "sqlite" else None

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        convert = self.converter(dialect.name)
        return value if value is None or convert is None else convert(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        if value is None:
            return None
        return UUID(bytes=value) if dialect.name == "sqlite" else value
