"""The solvers that the contract suites are run with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from strainopt.errors import SolverMissingError
from strainopt.lp.backend import Backend
from strainopt.lp.exact import ExactBackend
from strainopt.lp.registry import backend, backend_names

EXTRA: dict[str, Callable[[], Backend]] = {"glpk-exact": ExactBackend}


def optlang_glpk() -> Backend:
    from strainopt.lp.through_optlang import OptlangBackend

    return OptlangBackend("optlang-glpk", "glpk_interface")


EXTRA["optlang-glpk"] = optlang_glpk


@pytest.fixture(params=[*backend_names(), *EXTRA])
def solver(request: pytest.FixtureRequest) -> Backend:
    name = request.param
    try:
        made = EXTRA[name]() if name in EXTRA else backend(name)
    except SolverMissingError as error:
        pytest.skip(f"{name}: {error.why}")
    state = made.availability()
    if not state.usable:
        pytest.skip(f"{name}: {state.reason}")
    return made


@pytest.fixture
def mixed_solver(solver: Backend) -> Backend:
    if not solver.availability().takes_mixed:
        pytest.skip(f"{solver.name} takes no integer columns")
    return solver


@pytest.fixture
def watched_solver(mixed_solver: Backend) -> Backend:
    if not mixed_solver.availability().watches_mixed:
        pytest.skip(f"{mixed_solver.name} cannot be watched")
    return mixed_solver
