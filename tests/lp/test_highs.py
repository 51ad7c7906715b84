"""What is particular to HiGHS."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from strainopt.lp.highs import HighsBackend
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
