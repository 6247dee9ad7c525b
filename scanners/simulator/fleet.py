"""The fleet (车队): invented carriers and their stations, in real counties, the same for the same seed."""

import math
from dataclasses import dataclass
from random import Random

from scanners.simulator.quality import EXCELLENT, GOOD, MIDDLING, POOR, WEAK, Quality
from tracker.wire.divisions import Division, children_of, division_of
from tracker.wire.topics import Post

DEVICE = "counter1"
COURIERS_PER_STATION = 6
# Cities with stations that take and deliver, each with its part of the orders: together those of the East (76.8 %),
# the Centre (15.7 %) and the West (7.5 %) in 2022.
TOWNS = {"440100": 0.30, "310100": 0.24, "330100": 0.17, "370600": 0.058, "220200": 0.157, "500100": 0.075}
HUB_CITIES = ("320100", "420100", "410100", "510100")  # cities with sorting hubs only
TOWN_RADIUS_KM = 60.0
_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class SimCarrier:
    """An invented company; `prefix` begins its waybill numbers, `weight` is its part of the market.

    The five weights are as 19.4, 15.8, 13.3, 13.2 and 8.4 %: what the five largest carried in the middle of 2025.
    """

    code: str
    name_zh: str
    name_en: str
    prefix: str
    weight: float
    stations: int
    hubs: int
    quality: Quality


@dataclass(frozen=True, slots=True)
class SimStation:
    """A station in a real county; a hub (分拨中心) only sorts."""

    carrier: str
    code: str
    name: str
    division: str
    lng: float
    lat: float
    is_hub: bool

    @property
    def post(self) -> Post:
        """Where its one device stands."""
        return Post(self.carrier, self.code, DEVICE)

    @property
    def weight(self) -> float:
        """Its part of what is ordered, beside the carrier's other stations; a hub has none."""
        return TOWNS.get(f"{self.division[:4]}00", 0.0)

    @property
    def couriers(self) -> tuple[str, ...]:
        """The codes of its staff."""
        return tuple(f"{self.code}-{number:02}" for number in range(1, COURIERS_PER_STATION + 1))


@dataclass(frozen=True, slots=True)
class Fleet:
    """All carriers, all stations, one device each."""

    carriers: tuple[SimCarrier, ...]
    stations: tuple[SimStation, ...]

    @property
    def posts(self) -> tuple[Post, ...]:
        return tuple(station.post for station in self.stations)

    def stations_of(self, carrier: str, *, hubs: bool = False) -> tuple[SimStation, ...]:
        """A carrier's stations, or its hubs."""
        return tuple(station for station in self.stations if station.carrier == carrier and station.is_hub is hubs)

    def hub_of(self, station: SimStation) -> SimStation:
        """The nearest of the carrier's own hubs."""
        hubs = self.stations_of(station.carrier, hubs=True)
        return min(hubs, key=lambda hub: (distance_km(station, hub), hub.code))


CARRIERS = (
    SimCarrier("BLUEBIRD", "青鸟速运", "Bluebird Express", "BB", 0.277, 6, 2, EXCELLENT),
    SimCarrier("POSTROAD", "驿路邮政", "Postroad Mail", "PR", 0.225, 6, 2, GOOD),
    SimCarrier("EVENWAY", "顺安快递", "Evenway Express", "EW", 0.190, 6, 2, MIDDLING),
    SimCarrier("FARREACH", "远达速递", "Farreach Courier", "FR", 0.188, 6, 1, WEAK),
    SimCarrier("FLYGRAIN", "飞禾速递", "Flygrain Courier", "FG", 0.120, 6, 1, POOR),
    SimCarrier("SMALLTOWN", "小城快运", "Smalltown Express", "ST", 0.0, 4, 1, MIDDLING),  # see numbering.py
)


def build_fleet(seed: int) -> Fleet:
    """Six carriers with 4 or 6 stations and 1 or 2 hubs each. The seed chooses the counties."""
    random = Random(f"{seed}/fleet")
    stations = [station for carrier in CARRIERS for station in _build_stations(carrier, random)]
    return Fleet(carriers=CARRIERS, stations=tuple(stations))


def distance_km(one: SimStation, other: SimStation) -> float:
    """Great-circle distance (haversine)."""
    return _distance_km(one.lng, one.lat, other.lng, other.lat)


def _build_stations(carrier: SimCarrier, random: Random) -> list[SimStation]:
    towns = sorted(random.sample(sorted(TOWNS), carrier.stations))
    hubs = sorted(random.sample(HUB_CITIES, carrier.hubs))
    return [
        *(_build_station(carrier, _choose_county(city, random), is_hub=False) for city in towns),
        *(_build_station(carrier, _choose_county(city, random), is_hub=True) for city in hubs),
    ]


def _choose_county(city_code: str, random: Random) -> Division:
    """A county of a city, not far from its centre."""
    city = division_of(city_code)
    if city is None or city.lng is None or city.lat is None:
        raise ValueError(f"no city with a known point: {city_code}")
    near = [
        county
        for county in children_of(city_code)
        if county.lng is not None
        and county.lat is not None
        and _distance_km(city.lng, city.lat, county.lng, county.lat) <= TOWN_RADIUS_KM
    ]
    return random.choice(near)


def _build_station(carrier: SimCarrier, county: Division, *, is_hub: bool) -> SimStation:
    city = county.city_name.removesuffix("市")
    return SimStation(
        carrier=carrier.code,
        code=f"{carrier.prefix}{county.code}",
        name=f"{city}{county.name}{'分拨中心' if is_hub else '营业部'}",
        division=county.code,
        lng=county.lng or 0.0,
        lat=county.lat or 0.0,
        is_hub=is_hub,
    )


def _distance_km(lng: float, lat: float, other_lng: float, other_lat: float) -> float:
    north, east = math.radians(other_lat - lat), math.radians(other_lng - lng)
    cosines = math.cos(math.radians(lat)) * math.cos(math.radians(other_lat))
    return 2 * _EARTH_KM * math.asin(math.sqrt(math.sin(north / 2) ** 2 + cosines * math.sin(east / 2) ** 2))
