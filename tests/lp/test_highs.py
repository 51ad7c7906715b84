"""What is particular to HiGHS."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
import pytest
from scipy import sparse

from strainopt.lp import highs_mixed
from strainopt.lp.highs import HighsBackend
from strainopt.lp.highs_session import new_highs
from strainopt.lp.program import LinearProgram, MixedProgram
from strainopt.lp.result import MixedOptions, Status


def packing(n: int = 20, m: int = 5) -> MixedProgram:
    rng = np.random.default_rng(11)
    weights = rng.integers(1, 1000, (m, n)).astype(float)
    linear = LinearProgram(
        weights.mean(axis=0).round() + rng.integers(0, 100, n),
        sparse.csc_array(weights),
        np.full(m, -np.inf),
        np.floor(weights.sum(axis=1) / 2),
        np.zeros(n),
        np.ones(n),
    )
    return MixedProgram(linear, np.ones(n, dtype=bool))


def test_the_seed_takes_effect() -> None:
    # Four seeds: one optimum, but not four times the same tree.
    runs = [HighsBackend().solve_mixed(packing(), MixedOptions(seed=seed)) for seed in range(4)]
    assert all(run.status is Status.OPTIMAL for run in runs)
    assert [run.objective for run in runs] == pytest.approx([runs[0].objective] * 4)
    assert len({run.nodes for run in runs}) > 1


def test_tiny_matrix_entries_are_kept() -> None:
    # 1e-10 x <= -1e-6 with x >= -1e5 holds at x = -1e4; without the entry, which HiGHS' default drops, it cannot.
    lp = LinearProgram(
        objective=np.ones(1),
        matrix=sparse.csc_array(np.array([[1e-10]])),
        row_lower=np.full(1, -np.inf),
        row_upper=np.full(1, -1e-6),
        lower=np.full(1, -1e5),
        upper=np.full(1, 5.0),
    )
    result = HighsBackend().solve(lp)
    assert result.status is Status.OPTIMAL
    assert result.objective <= 0.0


class Failing:
    """A HiGHS object whose runs with presolve end in an error, and without it as they should."""

    def __init__(self, highs: Any, told: list[tuple[str, float]]) -> None:
        self.__dict__.update(highs=highs, told=told)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.highs, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.highs, name, value)

    def run(self) -> Any:
        presolve, limit = (self.highs.getOptionValue(name)[1] for name in ("presolve", "time_limit"))
        self.told.append((presolve, limit))
        return highspy.HighsStatus.kError if presolve != "off" else self.highs.run()


def test_what_fails_with_presolve_is_solved_without(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = HighsBackend().solve_mixed(packing(), MixedOptions())
    told: list[tuple[str, float]] = []
    monkeypatch.setattr(highs_mixed, "new_highs", lambda threads: Failing(new_highs(threads=threads), told))
    seen: list[float] = []
    options = MixedOptions(start=expected.x, time_limit=60.0, on_incumbent=lambda _x, value: seen.append(value))
    answer = HighsBackend().solve_mixed(packing(), options)
    assert answer.status is Status.OPTIMAL
    assert answer.objective == pytest.approx(expected.objective)
    assert seen[-1:] == [pytest.approx(expected.objective)]
    assert [presolve for presolve, _ in told] == ["choose", "off"]
    assert told[1][1] <= told[0][1] <= 60.0


def test_a_run_that_fails_again_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Failing):
        def run(self) -> Any:
            return highspy.HighsStatus.kError

    monkeypatch.setattr(highs_mixed, "new_highs", lambda threads: Broken(new_highs(threads=threads), []))
    answer = HighsBackend().solve_mixed(packing(), MixedOptions())
    assert (answer.status, answer.x, answer.bound) == (Status.FAILED, None, np.inf)
