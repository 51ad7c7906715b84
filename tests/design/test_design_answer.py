"""What may be said, given how a search ended and what verification left of it."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest

from strainopt.design.answer import Claimed, Verified, ranked, verdict, verify_claims
from strainopt.design.candidates import Candidates
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine
from strainopt.design.solve import solve
from strainopt.design.verify import Checks, evaluate_design
from strainopt.search.outcome import Limits, Outcome, SearchStatus


@pytest.fixture
def design(small):
    network = small("two_routes")
    return evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["full"],
        checks=Checks(),
    )


def outcome(status):
    return Outcome(status, (), 5.0, "because")


@pytest.mark.parametrize("status", [SearchStatus.TIME_LIMIT, SearchStatus.INTERRUPTED])
def test_a_limit_is_never_a_proof_and_keeps_design_and_bound(design, status):
    said = verdict(outcome(status), Verified((design,), (), 0), bound=5.0)
    assert (said.status, said.proven, said.bound) == (status.value, False, 5.0)
    # objective 3 (models/README.md), so the gap is (5 - 3) / 3
    assert said.gap == pytest.approx(2 / 3)


def test_a_limit_without_a_design(design):
    said = verdict(outcome(SearchStatus.TIME_LIMIT), Verified((), (), 0), bound=5.0)
    assert (said.status, said.proven) == ("time_limit", False)
    assert math.isnan(said.objective)
    assert math.isnan(said.gap)


def test_a_refused_claim_takes_the_proof_away(design):
    said = verdict(outcome(SearchStatus.OPTIMAL), Verified((design,), (design,), 0), bound=5.0)
    assert (said.status, said.proven) == ("error", False)
    assert "refused 1" in said.stop_reason


def test_a_proven_search_without_product_proves_that_there_is_none(design):
    said = verdict(outcome(SearchStatus.OPTIMAL), Verified((), (), 0), bound=0.0)
    assert (said.status, said.proven) == ("infeasible", True)


def test_a_false_claim_is_refused_and_never_ranked(small, ask):
    candidates = Candidates.of([["full"], ["to_i"]], {})
    found = verify_claims(
        ask(small("two_routes")),
        [Claimed(("to_i",), 9.0), Claimed(("full",), 3.0)],
        candidates,
        theoretical_max=10.0,
        checks=Checks(),
        wanted=2,
        within=1.0,
        deadline=math.inf,
    )
    # {to_i} guarantees nothing (models/README.md)
    assert [d.interventions for d in found.designs] == [("full",)]
    assert [d.interventions for d in found.refused] == [("to_i",)]
    assert found.refused[0].objective == 9.0
    assert "9" in found.refused[0].refusal


def test_the_best_claim_is_verified_even_when_time_is_up(small, ask):
    candidates = Candidates.of([["full"], ["make_w"], ["to_i"]], {})
    found = verify_claims(
        ask(small("two_routes")),
        [Claimed(("make_w", "to_i"), 10.0), Claimed(("full",), 3.0)],
        candidates,
        theoretical_max=10.0,
        checks=Checks(),
        wanted=2,
        within=1.0,
        deadline=time.monotonic() - 1.0,
    )
    assert [d.interventions for d in found.designs] == [("make_w", "to_i")]
    assert found.unchecked == 1


def test_ties_are_broken_by_size_then_guarantee_then_ids(design):
    long = replace(design, interventions=("a", "b"), objective=3.0 + 1e-9)
    weak = replace(design, interventions=("a",), product_min=1.0)
    late = replace(design, interventions=("z",))
    order = ranked([long, weak, late, design], 10.0)
    assert [d.interventions for d in order] == [("full",), ("z",), ("a",), ("a", "b")]
    assert [d.rank for d in order] == [1, 2, 3, 4]


def test_a_deadline_that_has_passed_still_answers(small, ask):
    answer = solve(
        ask(small("two_routes")), choice=EngineChoice(Engine.ENUMERATE), limits=Limits(deadline=time.monotonic())
    )
    assert answer.status == "time_limit"
    assert not answer.proven
    assert answer.bound >= 10.0 - 1e-6


def test_a_stop_keeps_what_was_found(small, ask):
    asked = iter([False] * 4 + [True] * 1000)
    answer = solve(
        ask(small("two_routes")), choice=EngineChoice(Engine.ENUMERATE), limits=Limits(stop=lambda: next(asked))
    )
    assert answer.status == "interrupted"
    assert not answer.proven


def test_phases_are_told(small, ask):
    phases = []
    solve(
        ask(small("two_routes")),
        choice=EngineChoice(Engine.ENUMERATE),
        limits=Limits(observer=lambda progress: phases.append(progress.phase)),
    )
    assert [p for p in phases if p in ("preflight", "reduction", "verification")] == [
        "preflight", "reduction", "verification",
    ]  # fmt: skip
