"""Metrics of devices (终端指标): who is silent, and how long scans have waited, for Prometheus.

Carriers are few and all are told. Stations are many: only the hundred that were silent longest, and the hundred whose
scans have waited longest, so that the number of series stays bounded whatever the country's size.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.store.certificate_ends import ENDING_WITHIN, CertificateEnds, count_ends
from tracker.store.database import reading
from tracker.store.silence import CarrierVoices, Watch, count_voices, find_backlogs, find_quiet_stations
from web.clock import Clock

MAX_STATIONS = 100


class DeviceCollector(Collector):
    """Reads the store whenever somebody asks; says nothing where the store is away (`jixin_store_up` does)."""

    def __init__(self, engine: Engine, *, silent_after_hours: int, clock: Clock) -> None:
        self.engine, self.silent_after_hours, self.clock = engine, silent_after_hours, clock

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        watch = Watch(self.clock(), self.silent_after_hours)
        try:
            with reading(self.engine) as session:
                counts = count_voices(session, watch)
                quiet = find_quiet_stations(session, watch, limit=MAX_STATIONS)
                backlogs = find_backlogs(session, watch, limit=MAX_STATIONS)
                ends = count_ends(session, by=watch.now + ENDING_WITHIN)
        except SQLAlchemyError:
            return []
        return [
            *_counts(counts),
            *_ends(ends),
            _ages(
                "jixin_station_last_word_age_seconds",
                "Since any device of the station was last recorded from or said how it is; the 100 longest",
                quiet,
                watch.now,
            ),
            _ages(
                "jixin_station_outbox_age_seconds",
                "Since the oldest scan that waits at the station, by its devices' own word; the 100 oldest",
                backlogs,
                watch.now,
            ),
        ]


def _counts(counts: Mapping[str, CarrierVoices]) -> Iterable[Metric]:
    devices = GaugeMetricFamily("jixin_devices", "Devices with a key in force", labels=["carrier"])
    silent = GaugeMetricFamily(
        "jixin_devices_silent", "Devices silent beyond their station's threshold, or offline with scans waiting",
        labels=["carrier"],
    )  # fmt: skip
    off = GaugeMetricFamily(
        "jixin_devices_clock_off", "Devices whose clock was ahead, or set back, when they last reported",
        labels=["carrier"],
    )  # fmt: skip
    for carrier, count in counts.items():
        devices.add_metric([carrier], count.devices)
        silent.add_metric([carrier], count.silent)
        off.add_metric([carrier], count.clock_off)
    return devices, silent, off


def _ends(ends: CertificateEnds) -> Iterable[Metric]:
    soonest = GaugeMetricFamily(
        "jixin_device_certificate_soonest_expiry_timestamp_seconds",
        "Unix time at which the first device's or gateway's certificate ends; absent where none is on record",
    )
    if ends.soonest is not None:
        soonest.add_metric([], ends.soonest.timestamp())
    ending = GaugeMetricFamily(
        "jixin_device_certificates_ending", "Devices whose certificate ends within 30 days or has", value=ends.ending
    )
    return soonest, ending


def _ages(name: str, told: str, since: Mapping[tuple[str, str], datetime], now: datetime) -> Metric:
    ages = GaugeMetricFamily(name, told, labels=["carrier", "station"])
    for (carrier, station), moment in since.items():
        ages.add_metric([carrier, station], max((now - moment).total_seconds(), 0.0))
    return ages
