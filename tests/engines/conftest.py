"""`textbook` with and without oxygen."""

from __future__ import annotations

import pytest

from strainopt.io.models import read_model


@pytest.fixture(scope="session")
def scenario():
    """The packaged `textbook` by the name of the scenario."""
    network = read_model("textbook").network
    lower = network.lower.copy()
    lower[network.reaction("EX_o2_e")] = 0.0
    return {"aerobic": network, "anaerobic": network.with_bounds(lower, network.upper)}
