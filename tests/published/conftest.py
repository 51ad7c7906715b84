"""Genome-scale models that cobra ships."""

from __future__ import annotations

import pytest

from strainopt.io.models import read_model


@pytest.fixture(scope="session")
def ijo1366():
    return read_model("iJO1366").network


@pytest.fixture(scope="session")
def textbook():
    return read_model("textbook").network
