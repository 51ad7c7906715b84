"""Questions that once never ended, or ended in a wrong verdict of a solver."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def design(*arguments: str) -> dict:
    command = [sys.executable, "-m", "strainopt", "design", *arguments, "--min-growth", "0.05", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_part_whose_bound_lies_below_that_of_the_whole_set_does_not_go_in_circles() -> None:
    # dual bounds of growth are not monotone to the last digit: a witness that reached the lower one was silent
    # at the set it was made for, and was made again and again
    case = ["textbook", "--target", "EX_etoh_e", "--bounds", "EX_o2_e=0:", "-k", "3", "--time-limit", "120s"]
    case += ["--filters", "exchange,transport,no-gpr,spontaneous,essential,blocked"]
    searched, every = (design(*case, "--engine", engine) for engine in ("benders", "enumerate"))
    assert searched["proven"]
    assert every["proven"]
    assert searched["objective"] == pytest.approx(every["objective"], rel=1e-4)


@pytest.mark.models
@pytest.mark.parametrize("oxygen", ["-20:", "0:"])
def test_bounds_of_a_million_are_no_contradiction(external_model, oxygen) -> None:
    # GLPK from its first basis says infeasible; growth with oxygen is 0.921948 in cobra's description of the file
    case = [str(external_model("iJR904.xml.gz")), "--target", "EX_for_e", "--bounds", f"EX_o2_e={oxygen}", "-k", "1"]
    document = design(*case, "--engine", "benders")
    assert document["proven"]
    assert document["designs"][0]["verified"]
    if oxygen == "-20:":
        assert document["wild_type"]["growth"] == pytest.approx(0.921948, abs=1e-5)
