"""Certified sessions: what a lying solver says must not come through."""

from __future__ import annotations

import numpy as np
import pytest

from strainopt import tolerances
from strainopt.lp import certify
from strainopt.lp.backend import result_of
from strainopt.lp.glpk import GlpkBackend, GlpkSession
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustCounts, TrustedSession
from tests.lp.test_certify import wyndor


class LyingSession(GlpkSession):
    """Says `claim` in each of the first `lies` solves."""

    def __init__(self, program: LinearProgram, claim: Status, lies: int) -> None:
        super().__init__(program)
        self.claim, self.lies = claim, lies

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = np.inf) -> Status:
        honest = super().solve(fresh=fresh, primal=primal, time_limit=time_limit)
        self.lies -= 1
        return self.claim if self.lies >= 0 else honest


class LyingBackend(GlpkBackend):
    def __init__(self, claim: Status, lies: int) -> None:
        self.claim, self.lies = claim, lies

    def open(self, program: LinearProgram) -> LyingSession:
        return LyingSession(program, self.claim, self.lies)


class Shifted(GlpkSession):
    """Answers with a point that is not feasible."""

    def values(self) -> FloatArray:
        return super().values() + 1.0


class ShiftedBackend(GlpkBackend):
    def open(self, program: LinearProgram) -> Shifted:
        return Shifted(program)


def test_honest_answers_pass_at_the_first_try() -> None:
    session = TrustedSession(wyndor())
    assert session.solve() is Status.OPTIMAL
    assert session.objective_value() == pytest.approx(36.0)
    assert session.dual_bound() == pytest.approx(36.0)
    assert session.counts == TrustCounts(solves=1)


@pytest.mark.parametrize("claim", [Status.INFEASIBLE, Status.FAILED])
def test_a_false_verdict_is_asked_again(claim: Status) -> None:
    session = TrustedSession(wyndor(), backend=LyingBackend(claim, lies=1))
    assert session.solve() is Status.OPTIMAL
    assert session.counts == TrustCounts(solves=1, retried=1)


def test_a_stubborn_solver_is_replaced_by_the_other() -> None:
    session = TrustedSession(wyndor(), backend=LyingBackend(Status.INFEASIBLE, lies=99))
    assert session.solve() is Status.OPTIMAL
    assert session.counts == TrustCounts(solves=1, retried=1, other_solver=1)
    assert session.values() == pytest.approx([2.0, 6.0])
    # The referee answers for this solve only; changes must still reach both.
    session.set_bounds(np.array([1]), np.zeros(1), np.array([1.0]))
    assert session.solve() is Status.OPTIMAL
    assert session.objective_value() == pytest.approx(17.0)


def test_two_liars_end_in_failed_not_in_a_verdict() -> None:
    liar = LyingBackend(Status.INFEASIBLE, lies=99)
    session = TrustedSession(wyndor(), backend=liar, referee=liar)
    assert session.solve() is Status.FAILED
    assert session.counts == TrustCounts(solves=1, retried=1, other_solver=1, uncertified=1)
    assert session.ray() is None


def test_values_are_checked_unless_told_otherwise() -> None:
    assert TrustedSession(wyndor(), backend=ShiftedBackend(), referee=ShiftedBackend()).solve() is Status.FAILED
    loose = TrustedSession(wyndor(), backend=ShiftedBackend(), check_optimal=False)
    assert loose.solve() is Status.OPTIMAL


def test_infeasible_carries_its_checked_ray() -> None:
    session = TrustedSession(wyndor())
    session.set_bounds(np.array([0, 1]), np.array([4.0, 4.0]), np.full(2, np.inf))
    assert session.solve() is Status.INFEASIBLE
    ray = session.ray()
    assert ray is not None
    assert certify.farkas_margin(session.program, ray) > tolerances.FARKAS
    session.set_bounds(np.array([0, 1]), np.zeros(2), np.full(2, np.inf))
    assert session.solve() is Status.OPTIMAL
    assert session.ray() is None


def test_unbounded_needs_two_opinions() -> None:
    free = wyndor()
    session = TrustedSession(free)
    session.set_row_bounds(np.arange(3), np.full(3, -np.inf), np.full(3, np.inf))
    assert session.solve() is Status.UNBOUNDED
    assert session.counts.other_solver == 1
    liar = TrustedSession(wyndor(), backend=LyingBackend(Status.UNBOUNDED, lies=99))
    assert liar.solve() is Status.OPTIMAL


def test_changes_reach_the_certificates() -> None:
    session = TrustedSession(wyndor())
    session.solve()
    session.set_objective(np.array([1.0, 0.0]))
    session.set_row_bounds(np.array([0]), np.array([-np.inf]), np.array([3.0]))
    assert session.solve() is Status.OPTIMAL
    told = result_of(session, Status.OPTIMAL)
    assert certify.duality_gap(session.program, told) <= tolerances.DUALITY_GAP
    assert session.objective_value() == pytest.approx(3.0)
    session.set_objective_entries(np.array([1]), np.array([5.0]))
    assert session.solve() is Status.OPTIMAL
    # b = 6 leaves a <= 2 by the third row.
    assert session.objective_value() == pytest.approx(32.0)
    assert session.counts == TrustCounts(solves=3)
    session.close()
    session.close()


def test_time_limits_pass_through_and_counts_add() -> None:
    session = TrustedSession(wyndor())
    assert session.solve(time_limit=0.0) in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert TrustCounts(1, 2, 3, 4) + TrustCounts(1, 1, 1, 1) == TrustCounts(2, 3, 4, 5)
