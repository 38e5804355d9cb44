"""Given: what tests start from. Each file under tests/given/ is one kind of beginning."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

pytest_plugins = ["tests.given.database", "tests.given.sandbox", "tests.given.house", "tests.given.store"]

# the same examples in every run: who lands something is not stopped by what chance finds in something else; `make random` leaves it to chance
# and no example has to be quick: what a busy machine holds up for a moment is not wrong
SLOW = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, database=None, deadline=None, suppress_health_check=SLOW)
settings.register_profile("chance", print_blob=True, deadline=None, suppress_health_check=SLOW)
settings.load_profile("chance" if os.environ.get("CHANCE") else "same")
if not os.environ.get("CHANCE"):
    # Hypothesis also tries what stands in our own code, as far as it is loaded by then: after other tests, other examples
    providers._get_local_constants = Constants

JOURNEYS = "tests/journeys/"


class OneJourneyAtATime(LoadScopeScheduling):  # type: ignore[misc]
    """Every test goes to whoever is free, but the journeys all to one worker: each has a house, a browser and sounds to make.

    xdist's own groups do nothing beside pytest 9.2: it writes the group into a field that is no longer read.
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def scope(nodeid: str) -> str:
    """What has to stay together: the journeys, and otherwise every test by itself."""
    return JOURNEYS if nodeid.startswith(JOURNEYS) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return OneJourneyAtATime(config, log)
