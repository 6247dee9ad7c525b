"""The fleet: invented carriers, real counties, one device a station."""

from scanners.simulator.fleet import TOWN_RADIUS_KM, build_fleet, distance_km
from tracker.wire.divisions import division_of

INVENTED = {
    "BLUEBIRD": ("青鸟速运", "Bluebird Express"),
    "POSTROAD": ("驿路邮政", "Postroad Mail"),
    "EVENWAY": ("顺安快递", "Evenway Express"),
    "FARREACH": ("远达速递", "Farreach Courier"),
    "FLYGRAIN": ("飞禾速递", "Flygrain Courier"),
    "SMALLTOWN": ("小城快运", "Smalltown Express"),
}


def test_the_carriers_are_the_invented_ones(fleet):
    assert {carrier.code: (carrier.name_zh, carrier.name_en) for carrier in fleet.carriers} == INVENTED


def test_the_same_seed_builds_the_same_fleet_and_another_seed_another():
    assert build_fleet(3) == build_fleet(3)
    assert build_fleet(3).stations != build_fleet(4).stations


def test_every_carrier_has_stations_and_one_or_two_hubs():
    for seed in range(20):
        fleet = build_fleet(seed)
        for carrier in fleet.carriers:
            assert 4 <= len(fleet.stations_of(carrier.code)) <= 6
            assert 1 <= len(fleet.stations_of(carrier.code, hubs=True)) <= 2


def test_station_codes_are_unique_and_their_posts_valid():
    for seed in range(20):
        fleet = build_fleet(seed)
        assert len({station.code for station in fleet.stations}) == len(fleet.stations)
        assert all(post.device == "counter1" for post in fleet.posts)


def test_a_station_lies_in_a_real_county_at_a_known_point():
    for seed in range(20):
        for station in build_fleet(seed).stations:
            county = division_of(station.division)
            assert county is not None
            assert county.level == "county"
            assert (station.lng, station.lat) == (county.lng, county.lat)


def test_a_name_says_whether_a_station_only_sorts(fleet):
    for station in fleet.stations:
        assert station.name.endswith("分拨中心" if station.is_hub else "营业部")


def test_a_station_is_not_far_from_the_centre_of_its_city(fleet):
    for station in fleet.stations:
        city = division_of(station.division[:4] + "00")
        assert city is not None
        assert abs(station.lat - city.lat) * 111 <= TOWN_RADIUS_KM


def test_a_hub_is_the_nearest_of_the_carrier(fleet):
    for station in fleet.stations:
        hub = fleet.hub_of(station)
        assert hub.is_hub
        assert hub.carrier == station.carrier
        hubs = fleet.stations_of(station.carrier, hubs=True)
        assert distance_km(station, hub) == min(distance_km(station, other) for other in hubs)


def test_several_carriers_serve_the_same_city_so_that_a_division_has_a_ranking(fleet):
    served = {
        city: {s.carrier for s in fleet.stations if s.division.startswith(city) and not s.is_hub}
        for city in ("31", "33", "44", "50", "22", "37")
    }
    assert max(len(carriers) for carriers in served.values()) >= 4


def test_distance_between_shanghai_and_chongqing_is_as_on_the_map(fleet):
    by_city = {station.division[:2]: station for station in fleet.stations if not station.is_hub}
    assert 1350 < distance_km(by_city["31"], by_city["50"]) < 1550
