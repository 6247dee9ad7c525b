"""Key metrics (密钥指标): how old the receipt keys are, and when certificates end."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.database import reading
from tracker.store.key_record import RecordedKey, Standing, recorded_keys
from web.clock import Clock


class KeyCollector(Collector):
    """Reads the store's record of keys, and the certificates, whenever somebody asks: those beside the key files, told
    by their name there, and those that settings name, told by the path that is set."""

    def __init__(self, engine: Engine, key_folder: Path, clock: Clock, named: Sequence[Path | None] = ()) -> None:
        self.engine, self.key_folder, self.clock, self.named = engine, key_folder, clock, named

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        age = GaugeMetricFamily("jixin_key_age_seconds", "Seconds since a key was made", labels=["key", "standing"])
        for key in self._keys_in_use():
            age.add_metric(["receipt", key.standing], (self.clock() - key.made_at).total_seconds())
        expiry = GaugeMetricFamily(
            "jixin_certificate_expiry_timestamp_seconds",
            "Unix time at which a certificate ends; 0 where it cannot be read",
            labels=["file"],
        )
        for label, path in self._certificates():
            expiry.add_metric([label], expiry_of(path))
        return [age, expiry]

    def _certificates(self) -> Iterator[tuple[str, Path]]:
        beside = sorted(self.key_folder.rglob("*.crt"))
        yield from ((path.relative_to(self.key_folder).as_posix(), path) for path in beside)
        named = {str(path): path for path in self.named if path is not None}
        told = {path.resolve() for path in beside}
        yield from ((label, path) for label, path in sorted(named.items()) if path.resolve() not in told)

    def _keys_in_use(self) -> list[RecordedKey]:
        try:
            with reading(self.engine) as session:
                return [key for key in recorded_keys(session) if key.standing is not Standing.PAST]
        except SQLAlchemyError:  # jixin_store_up says so
            return []


def expiry_of(path: Path) -> float:
    """When the first of a PEM file's certificates ends, in seconds since 1970; 0 where none can be read."""
    try:
        return min(each.not_valid_after_utc.timestamp() for each in load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        return 0.0
