"""A scope in SQL (范围条件): which devices an account reaches, by the station that each stands at."""

import sqlalchemy as sa

from tracker.access.roles import Scope


def held_by(scope: Scope, device: sa.Table, station: sa.Table) -> list[sa.ColumnElement[bool]]:
    """The conditions of `Scope.holds_station` over a device's row and its station's, which may be absent."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.platform is not None:
        conditions.append(sa.false())
    if scope.carrier is not None:
        conditions.append(device.c.carrier == scope.carrier)
    if scope.station is not None:
        conditions.append(device.c.station == scope.station)
    if scope.prefix is not None:
        conditions.append(station.c.division.startswith(scope.prefix, autoescape=True))
    return conditions
