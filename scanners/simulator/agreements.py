"""The simulated fleet's agreements (模拟协议客户): invented customers, whose agreements the registry must know."""

from datetime import date

from stdnum.cn import uscc

from scanners.simulator.fleet import Fleet
from tracker.wire.agreements import Agreement

A_CARRIER = 40
NO_DIVISION = "990000"  # so that the code is nobody's


def build_agreements(fleet: Fleet) -> list[Agreement]:
    """Every agreement that a simulated acceptance may name."""
    return [
        Agreement(
            carrier=carrier.code,
            agreement_no=agreement_no_of(carrier.prefix, number),
            customer=f"模拟商户{number:03}",
            uscc=_build_uscc(place * A_CARRIER + number),
            valid_from=date(2015, 1, 1),
            valid_until=date(2099, 12, 31),
        )
        for place, carrier in enumerate(fleet.carriers)
        for number in range(1, A_CARRIER + 1)
    ]


def agreement_no_of(prefix: str, number: int) -> str:
    """The number of a carrier's nth agreement, from 1."""
    return f"{prefix}-A{number:03}"


def _build_uscc(number: int) -> str:
    body = f"91{NO_DIVISION}MA{number:07}"
    return body + uscc.calc_check_digit(body)
