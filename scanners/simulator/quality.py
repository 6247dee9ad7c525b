"""Quality (服务质量) of an invented carrier: how it works, physically. Nothing here knows how anybody is scored.

The figures are made up for demonstration; together, by market share, they meet the national ones: delivery times, the
share within 72 hours, appeals (tests/scanners/simulator/test_calibration.py).
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
    appealed: float  # parcels that somebody appeals about; the national ones were 5.09 a million early in 2023
    appeal_upheld: float  # share of appeals that are effective; the national ones were 0.89 a million


EXCELLENT = Quality(
    pace=0.84,
    slow=0.075,
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
    appealed=1.9e-6,
    appeal_upheld=0.12,
)
GOOD = Quality(
    pace=0.97,
    slow=0.12,
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
    appealed=3.7e-6,
    appeal_upheld=0.15,
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
    appealed=5.6e-6,
    appeal_upheld=0.17,
)
WEAK = Quality(
    pace=1.07,
    slow=0.19,
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
    appealed=7.7e-6,
    appeal_upheld=0.19,
)
POOR = Quality(
    pace=1.18,
    slow=0.26,
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
    appealed=9.9e-6,
    appeal_upheld=0.22,
)
