"""The short round of every fault (故障短测): sessions of real processes, begun with the first test that asks."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from random import SystemRandom

import pytest

from web.bench.faults.campaign import plan_sessions, run_campaign
from web.bench.faults.catalogue import every_fault
from web.bench.faults.fault import Pace, Round

Rounds = dict[str, "Future[Round]"]


@pytest.fixture(scope="session")
def rounds(request: pytest.FixtureRequest) -> Iterator[Rounds]:
    """A round of each fault that a test of this session asks for, once it is over; the seed is new every time."""
    known = every_fault()
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    wanted = [known[each["fault"]] for each in params if each.get("fault") in known]
    found: Rounds = {fault.name: Future() for fault in wanted}
    sessions = plan_sessions(wanted, passes=1, seed=SystemRandom().randrange(10**6))
    with ThreadPoolExecutor(1) as pool:
        campaign = pool.submit(
            run_campaign, sessions, pace=Pace(is_long=False), on_round=lambda each: found[each.fault].set_result(each)
        )
        yield found
        campaign.result()
