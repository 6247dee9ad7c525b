"""The tables (表): columns only; a row never leaves the store.

Keys hold `waybill_no` where a shard would need it. Times are aware and UTC. Whoever imports one table has all of them
in the metadata.
"""

import tracker.store.naming  # noqa: F401 before any table, which takes its names from there
from tracker.store.tables import access, archived, event_log, identities, parcel, products, quarantine, registry, work

__all__ = ["access", "archived", "event_log", "identities", "parcel", "products", "quarantine", "registry", "work"]
