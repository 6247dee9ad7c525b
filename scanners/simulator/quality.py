"""Quality (服务质量) of an invented carrier: how it works, physically. Nothing here knows how anybody is scored.

The figures are made up for demonstration; only the baseline of the delivery times follows national ones.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of parcels unless said otherwise."""

    pace: float  # delivery time as a multiple of the national one
    slow: float  # parcels that get stuck; the national share is 0.14
    pickup_late: float  # picked up after the promised window
    scan_missed: float  # share of scans on the road that nobody makes
    identity_skipped: float  # accepted without looking at the sender's document
    inspection_skipped: float  # accepted without looking into the parcel
    screening_skipped: float  # never through the security scanner
    consent_skipped: float  # share of stored parcels, put away without asking
    delay_told: float  # share of long waits that are scanned as held
    lost: float
    loss_told: float  # share of losses that the carrier admits
    damaged: float
    offline: float  # share of a station's days with an outage of its network
    clock_ahead: float  # share of a station's days on which its device runs ahead
    double_read: float  # share of scans read twice, seconds apart


EXCELLENT = Quality(
    pace=0.82,
    slow=0.06,
    pickup_late=0.006,
    scan_missed=0.002,
    identity_skipped=0.001,
    inspection_skipped=0.002,
    screening_skipped=0.002,
    consent_skipped=0.02,
    delay_told=0.98,
    lost=0.001,
    loss_told=0.95,
    damaged=0.001,
    offline=0.01,
    clock_ahead=0.01,
    double_read=0.003,
)
GOOD = Quality(
    pace=0.95,
    slow=0.11,
    pickup_late=0.015,
    scan_missed=0.006,
    identity_skipped=0.004,
    inspection_skipped=0.008,
    screening_skipped=0.01,
    consent_skipped=0.05,
    delay_told=0.95,
    lost=0.002,
    loss_told=0.9,
    damaged=0.003,
    offline=0.02,
    clock_ahead=0.02,
    double_read=0.004,
)
MIDDLING = Quality(
    pace=1.0,
    slow=0.14,
    pickup_late=0.02,
    scan_missed=0.012,
    identity_skipped=0.01,
    inspection_skipped=0.02,
    screening_skipped=0.02,
    consent_skipped=0.1,
    delay_told=0.9,
    lost=0.004,
    loss_told=0.85,
    damaged=0.005,
    offline=0.04,
    clock_ahead=0.03,
    double_read=0.006,
)
WEAK = Quality(
    pace=1.06,
    slow=0.18,
    pickup_late=0.035,
    scan_missed=0.025,
    identity_skipped=0.03,
    inspection_skipped=0.04,
    screening_skipped=0.04,
    consent_skipped=0.18,
    delay_told=0.8,
    lost=0.008,
    loss_told=0.75,
    damaged=0.009,
    offline=0.07,
    clock_ahead=0.05,
    double_read=0.008,
)
POOR = Quality(
    pace=1.15,
    slow=0.25,
    pickup_late=0.06,
    scan_missed=0.05,
    identity_skipped=0.07,
    inspection_skipped=0.08,
    screening_skipped=0.08,
    consent_skipped=0.35,
    delay_told=0.6,
    lost=0.015,
    loss_told=0.6,
    damaged=0.018,
    offline=0.12,
    clock_ahead=0.08,
    double_read=0.012,
)
