"""The engine with solvers that fail or lie: the answer is the referee's all the same, and says where it is from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import pytest

from strainopt.bilevel.problem import Method
from strainopt.bilevel.writing import Formulation
from strainopt.lp.highs import HighsBackend
from strainopt.lp.result import MixedResult, Status
from strainopt.search import milp
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.milp import solve_milp
from strainopt.search.outcome import Limits
from tests.search.fermenters import fermenter


@dataclass
class Liar(HighsBackend):
    """Ends every mixed-integer solve the same way, at once."""

    status: Status
    asked: list[int] = field(default_factory=list)

    def solve_mixed(self, program, options) -> MixedResult:
        self.asked.append(len(program.names))
        bound = -math.inf if self.status is Status.INFEASIBLE else math.inf
        return MixedResult(self.status, math.nan, bound, None, 0, 0.0)


@dataclass
class Braggart(HighsBackend):
    """Claims the same set again and again, forbidden or not, at twice its value."""

    claims: list[MixedResult] = field(default_factory=list)

    def solve_mixed(self, program, options) -> MixedResult:
        if not self.claims:
            self.claims.append(super().solve_mixed(program, options))
        first = self.claims[0]
        self.claims.append(replace(first, objective=2.0 * first.objective, bound=2.0 * first.bound))
        return self.claims[-1]


def test_a_claim_that_is_forbidden_and_comes_again_ends_the_programs(monkeypatch):
    """It once would have been forbidden again and again, without end."""
    monkeypatch.setattr(milp, "HEAD_START", 0)
    problem = fermenter(0, method=Method.ROBUSTKNOCK)
    braggart = Braggart()
    monkeypatch.setattr(milp, "default_mixed", lambda: braggart)
    answer = solve_milp(problem, limits=Limits())
    referee = enumerate_designs(problem, limits=Limits())
    assert braggart.claims[0].objective > 0.0
    assert answer.statistics["big_m"]["audit"] == "a claim that was forbidden came again"
    assert answer.status is referee.status
    assert [one.value for one in answer.designs] == pytest.approx([one.value for one in referee.designs], rel=1e-4)


@pytest.mark.parametrize("status", [Status.FAILED, Status.INFEASIBLE])
@pytest.mark.parametrize("method", Method)
def test_no_failure_and_no_lie_reaches_the_answer(monkeypatch, caplog, method, status):
    # all is left to what comes after the program
    monkeypatch.setattr(milp, "HEAD_START", 0)
    seen = 0
    for seed in range(3):
        problem = fermenter(seed, method=method)
        if problem is None:
            continue
        liar = Liar(status)
        monkeypatch.setattr(milp, "default_mixed", lambda liar=liar: liar)
        caplog.clear()
        answer = solve_milp(problem, limits=Limits())
        referee = enumerate_designs(problem, limits=Limits())
        assert liar.asked
        assert answer.status is referee.status
        assert [one.value for one in answer.designs] == pytest.approx([one.value for one in referee.designs], rel=1e-4)
        failed = status is Status.FAILED
        assert ("answers alone" in caplog.text) is failed
        assert ("no answer that stands" in answer.statistics["certificate"]) is failed
        seen += bool(referee.designs)
    assert seen


@pytest.mark.parametrize("seed", [23, 24])
def test_networks_in_thousandths_that_once_had_no_answer(seed):
    # HiGHS 1.15 fails on their programs unless presolve is off
    problem = fermenter(seed, method=Method.PFBA, badly_scaled=True, units=1e3)
    answer = solve_milp(problem, limits=Limits())
    referee = enumerate_designs(problem, limits=Limits())
    assert answer.status is referee.status
    assert answer.designs[0].value == pytest.approx(referee.designs[0].value, rel=1e-4)
    assert "no answer that stands" not in answer.statistics["certificate"]


@pytest.mark.parametrize(("method", "audit"), [(Method.OPTKNOCK, "no constants"), (Method.ROBUSTKNOCK, "clean")])
def test_indicators_leave_constants_to_audit_where_blocks_are_scaled(method, audit):
    pytest.importorskip("pyscipopt")
    seen = 0
    for seed in range(4):
        problem = fermenter(seed, method=method)
        if problem is not None and enumerate_designs(problem, limits=Limits()).designs:
            answer = solve_milp(problem, limits=Limits(), solver_name="scip", formulation=Formulation.INDICATOR)
            constants = answer.statistics["big_m"]
            assert constants["audit"].startswith(audit)
            assert (constants["count"]["observed"] > 0) is (audit == "clean")
            seen += 1
    assert seen
