"""No test of the loops hangs on how fast the machine is."""

from __future__ import annotations

import pytest

from bot.workers import delivering, listener, sender, ticker
from bot.workers.life import growing


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed comes again when a test says so, and not after a second that a loaded machine may need for something else; and a
    loop that ends waits for what is in flight. Whoever tries how long that is sets it anew.
    """
    monkeypatch.setattr(listener, "PAUSES", (300.0,) * 4)
    monkeypatch.setattr(delivering, "growing", lambda tries: 100 * growing(tries))
    for loop in (listener, sender, ticker):
        monkeypatch.setattr(loop, "LAST_BREATH", 60.0)


@pytest.fixture
def only_when_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loops do not look for themselves every few seconds: without a wake-up they would rest until the test is given up."""
    for loop in (listener, sender):
        monkeypatch.setattr(loop, "SAFETY", 3600.0)
        monkeypatch.setattr(loop, "LOOK_FOR_THE_DEAD", 3600.0)
