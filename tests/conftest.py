"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines that run tests are shared: how long an example took there says nothing about the code.
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")

CLUSTERS = ("tests/batch/slurm/", "tests/batch/gridengine/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """All tests of clusters on one worker, begun first: two at a time would start every cluster twice.

    The mark `xdist_group` is for this, but pytest-xdist 3.8 does not see it with pytest 9.2.
    """
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class Scheduling(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "clusters" if nodeid.startswith(CLUSTERS) else super()._split_scope(nodeid)

    return Scheduling(config, log)


def _external_folder() -> Path:
    given = os.environ.get("STRAINOPT_TEST_MODELS")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "models"


@pytest.fixture(scope="session")
def external_model():
    """Path of a genome-scale model of others that is not part of this repository; skips where it is absent."""

    def find(name: str) -> Path:
        path = _external_folder() / name
        if not path.exists():
            pytest.skip(f"{name} is not in {_external_folder()} (set STRAINOPT_TEST_MODELS to the folder that has it)")
        return path

    return find
