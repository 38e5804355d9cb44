"""What the runs of real houses share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sounds and pictures that the runs share: to make them again is most of the work. They are named by what is in them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "crash" / "cache"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
