"""What the vault measures (保险库计量), in a registry that is handed in; nothing of any person."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge

from tracker.realname.vault import Vault
from tracker.store.identity_store import BoxState

NAMES = {BoxState.NEW: "new", BoxState.FITS: "fits", BoxState.BROKEN: "broken"}


class VaultMetrics:
    """One vault's numbers."""

    def __init__(self, vault: Vault, registry: CollectorRegistry) -> None:
        self._boxes = Gauge(
            "jixin_vault_records", "Identity records by what the vault found in their boxes", ["state"],
            registry=registry,
        )  # fmt: skip
        for name in NAMES.values():
            self._boxes.labels(name)
        told = (
            ("jixin_vault_openings_last_hour", "Openings by people within the last hour", lambda: vault.openings),
            ("jixin_vault_alarms", "Times that one officer opened too many too fast since the start",
             lambda: vault.alarms),
            ("jixin_vault_sealing_keys", "Sealing keys that were not destroyed",
             lambda: len(vault.keys.sealing_keys())),
        )  # fmt: skip
        for name, description, value in told:
            Gauge(name, description, registry=registry).set_function(value)

    def show_boxes(self, counts: Mapping[str, int]) -> None:
        """How many records there are by state."""
        for state, name in NAMES.items():
            self._boxes.labels(name).set(counts.get(state.value, 0))
