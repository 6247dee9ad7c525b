"""The network: who answers for whom, with no circle, whatever the order in which it was told."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.archive.network import Franchise, Network, Succession, build_network

D1, D2, D3 = date(2026, 1, 1), date(2026, 6, 30), date(2026, 12, 31)
FIRMS = st.sampled_from("ABCDEFGH")
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def franchises(draw: st.DrawFn) -> Franchise:
    start = draw(DAYS)
    end = draw(st.none() | st.integers(0, 200).map(lambda days: start + timedelta(days=days)))
    return Franchise(draw(FIRMS), draw(FIRMS), start, end)


def built(successions: list[Succession], relations: list[Franchise]) -> Network:
    """A network as it grows when each relation is checked before it is taken."""
    taken: tuple[list[Succession], list[Franchise]] = ([], [])
    for succession in successions:
        network = build_network(*taken)
        if succession.uscc not in network.heirs and not network.would_succeed_in_a_circle(succession):
            taken[0].append(succession)
    for franchise in relations:
        if not build_network(*taken).would_franchise_in_a_circle(franchise):
            taken[1].append(franchise)
    return build_network(*taken)


NETWORKS = st.builds(built, st.lists(st.builds(Succession, FIRMS, FIRMS)), st.lists(franchises()))


def test_a_headquarters_answers_while_the_franchise_lasts() -> None:
    network = build_network([], [Franchise("A", "HQ", D1, D2), Franchise("B", "A", D1, None)])
    assert network.answering_for("B", D2) == {"B", "A", "HQ"}
    assert network.answering_for("B", D3) == {"B", "A"}
    assert [each.uscc for each in network.franchisees_of("HQ")] == ["A"]


def test_a_successor_answers_for_whom_it_took_over() -> None:
    network = build_network([Succession("OLD", "MID"), Succession("MID", "NEW")], [Franchise("A", "OLD", D1, None)])
    assert network.heir_of("OLD") == "NEW"
    assert network.kin_of("MID") == {"OLD", "MID", "NEW"}
    assert network.answering_for("A", D2) == {"A", "NEW"}
    assert [each.uscc for each in network.franchisees_of("NEW")] == ["A"]


@given(network=NETWORKS, firm=FIRMS, day=DAYS)
def test_an_heir_has_no_heir_and_everybody_answers_through_theirs(network: Network, firm: str, day: date) -> None:
    heir = network.heir_of(firm)
    assert network.heir_of(heir) == heir
    assert heir not in network.heirs
    answering = network.answering_for(firm, day)
    assert heir in answering
    assert {network.heir_of(each) for each in answering} == answering


@given(network=NETWORKS, firm=FIRMS)
def test_kin_share_their_kin(network: Network, firm: str) -> None:
    assert all(network.kin_of(each) == network.kin_of(firm) for each in network.kin_of(firm))


@given(network=NETWORKS, firm=FIRMS, day=DAYS)
def test_nobody_works_for_itself(network: Network, firm: str, day: date) -> None:
    above: set[str] = set()
    waiting = [each.parent for each in network.parents.get(firm, ())]
    while waiting:
        each = waiting.pop()
        assert each != firm
        if each not in above:
            above.add(each)
            waiting += [one.parent for one in network.parents.get(each, ())]


@given(
    relations=st.lists(franchises()),
    successions=st.lists(st.builds(Succession, FIRMS, FIRMS), unique_by=lambda s: s.uscc),
)
def test_the_order_of_telling_does_not_matter(relations: list[Franchise], successions: list[Succession]) -> None:
    assert build_network(successions, relations) == build_network(successions[::-1], relations[::-1])
