"""The quarantine's limits (隔离区上限) of this installation, from its settings."""

from tracker.store.quarantine_bounds import MIB, QuarantineLimits
from web.settings import Settings


def quarantine_limits(settings: Settings) -> QuarantineLimits:
    """How much the quarantine may hold here."""
    return QuarantineLimits(
        device_rows=settings.quarantine_device_rows,
        device_bytes=settings.quarantine_device_mib * MIB,
        rows=settings.quarantine_rows,
        bytes=settings.quarantine_mib * MIB,
    )
