"""Runs that share what they know, or leave it behind, end in the answer of one run alone."""

from __future__ import annotations

import math
import multiprocessing
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.errors import SolverError
from strainopt.io.models import read_model
from strainopt.search.benders import engine
from strainopt.search.benders.anycost import at_any_cost
from strainopt.search.benders.ceilings import Ceilings
from strainopt.search.benders.engine import solve_benders
from strainopt.search.benders.exchange import Ceiling, Clause, Design, Exchange, Frontier, PartDone, Settled
from strainopt.search.benders.scaled import scaled
from strainopt.search.benders.together import blocks, fingerprint
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.outcome import Limits, SearchStatus, Sharing
from tests.engines.cases import Case, posed, translated
from tests.search.fermenters import fermenter


@pytest.fixture(scope="module")
def problem() -> BilevelProblem:
    network = read_model("textbook").network
    lower = network.lower.copy()
    lower[network.reaction("EX_o2_e")] = 0.0
    asked = posed(network.with_bounds(lower, network.upper), "EX_succ_e", Case(Method.ROBUSTKNOCK), k=4)
    return translated(asked).problem


@pytest.fixture(scope="module")
def alone(problem):
    # tests/engines holds such answers against the referee
    return solve_benders(problem, limits=Limits())


def patient(calls: int):
    """Says stop after so many questions."""
    asked = iter(range(10**9))
    return lambda: next(asked) >= calls


def same(outcome, alone) -> None:
    assert outcome.status is SearchStatus.OPTIMAL
    assert outcome.designs[0].value == pytest.approx(alone.designs[0].value, rel=1e-4)
    assert outcome.bound == pytest.approx(alone.bound, rel=2e-4)


def test_interrupted_again_and_again_it_ends_in_the_same_answer(problem, alone, tmp_path) -> None:
    sharing = Sharing(tmp_path)
    tries = 0
    while True:
        outcome = solve_benders(problem, limits=Limits(stop=patient(60), sharing=sharing))
        tries += 1
        if outcome.status is SearchStatus.OPTIMAL:
            break
        assert outcome.bound >= alone.designs[0].value * (1 - 1e-9)
        assert tries < 200
    assert tries > 1
    same(outcome, alone)
    again = solve_benders(problem, limits=Limits(sharing=sharing))
    same(again, alone)
    assert again.statistics["asked"] < alone.statistics["asked"]


def test_joining_waits_for_every_part(problem, alone, tmp_path) -> None:
    joining = Limits(sharing=Sharing(tmp_path, joining=True))
    early = solve_benders(problem, limits=joining)
    assert early.status is SearchStatus.INTERRUPTED
    assert "not searched yet" in early.stop_reason
    assert early.bound >= alone.designs[0].value
    solve_benders(problem, limits=Limits(stop=patient(120), sharing=Sharing(tmp_path)))
    half = solve_benders(problem, limits=joining)
    assert half.status is SearchStatus.INTERRUPTED
    solve_benders(problem, limits=Limits(sharing=Sharing(tmp_path, member=1)))
    same(solve_benders(problem, limits=joining), alone)


def test_two_processes_share(problem, alone) -> None:
    outcome = solve_benders(problem, limits=Limits(threads=2))
    same(outcome, alone)
    assert outcome.statistics["torn_facts"] == 0


def _work(problem: BilevelProblem, folder: Path) -> None:
    solve_benders(problem, limits=Limits(sharing=Sharing(folder)))


def test_killed_at_any_moment(problem, alone, tmp_path) -> None:
    context = multiprocessing.get_context("spawn")
    for seconds in (1.5, 2.0, 2.5):
        process = context.Process(target=_work, args=(problem, tmp_path))
        process.start()
        time.sleep(seconds)
        process.kill()
        process.join()
    same(solve_benders(problem, limits=Limits(sharing=Sharing(tmp_path))), alone)


def test_damaged_files_cost_work_and_no_truth(problem, alone, tmp_path) -> None:
    solve_benders(problem, limits=Limits(stop=patient(150), sharing=Sharing(tmp_path)))
    (folder,) = tmp_path.iterdir()
    for path in list(folder.glob("*.txt")) + list(folder.glob("*.json")):
        damaged = bytearray(path.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        path.write_bytes(bytes(damaged[:-3]))
    outcome = solve_benders(problem, limits=Limits(sharing=Sharing(tmp_path)))
    same(outcome, alone)
    assert outcome.statistics["torn_facts"] == 1


def test_a_value_that_is_not_confirmed_stops_the_run(problem, tmp_path) -> None:
    exchange = Exchange(tmp_path / fingerprint(problem)[:16])
    exchange.tell([Design(0b111, 1000.0)])
    exchange.close()
    with pytest.raises(SolverError, match="two evaluations"):
        solve_benders(problem, limits=Limits(sharing=Sharing(tmp_path)))


def test_facts_of_another_question_are_not_read(problem, tmp_path) -> None:
    other = replace(problem, min_growth=0.5 * problem.min_growth)
    assert fingerprint(other) != fingerprint(problem)
    assert fingerprint(replace(problem)) == fingerprint(problem)
    exchange = Exchange(tmp_path / fingerprint(other)[:16])
    exchange.tell([Settled(int(problem.max_cost), 0.0)])
    exchange.close()
    assert solve_benders(problem, limits=Limits(sharing=Sharing(tmp_path))).designs


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(list(Method)), genes=st.booleans())
def test_random_cells_in_two_sittings(tmp_path_factory, seed, method, genes) -> None:
    drawn = fermenter(seed, method=method, genes=genes, max_cost=4.0)
    if drawn is None:
        return
    sharing = Sharing(tmp_path_factory.mktemp("state"))
    solve_benders(drawn, limits=Limits(stop=patient(seed % 40), sharing=sharing))
    second = solve_benders(drawn, limits=Limits(seed=1, sharing=sharing))
    referee = enumerate_designs(drawn, limits=Limits())
    assert second.status is referee.status
    best = referee.designs[0].value if referee.designs else 0.0
    value = second.designs[0].value if second.designs else 0.0
    assert abs(value - best) <= max(1e-4 * abs(best), 2e-6 * drawn.value_scale)


def test_what_one_run_tells_another_hears_once(tmp_path) -> None:
    first, second = Exchange(tmp_path), Exchange(tmp_path)
    facts = [Clause((1 << 700) + 5, 0.1, 1e-300), PartDone("frontier-3-x", 7, 10, 20), Ceiling(6, -math.inf, 0.25)]
    first.tell(facts)
    assert second.news() == facts
    assert second.news() == []
    assert first.news() == []
    frontier = Frontier("frontier-3-a", 3, 0.5, ((1, 6, 2, 2.0),))
    first.offer(frontier)
    second.offer(replace(frontier, parts=()))
    assert second.frontier(3, 0.6) == frontier
    assert second.frontier(3, 0.4) is None
    assert second.frontier(4, 0.6) is None
    assert first.claim(frontier, 0)
    assert not second.claim(frontier, 0)
    assert second.claim(frontier, 1)
    assert not first.claim(frontier, 1)
    for one in (first, second):
        one.close()
    assert [path.name for path in tmp_path.glob("facts-*")] == [first.path.name]


class Counted:
    """Stands for the linear programs of ceilings: growth 1, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def ceiling(self, closed) -> float:
        self.asked += 1
        return 1.0

    def set_product(self, least: float) -> None:
        """The answer does not depend on it."""


def test_a_ceiling_that_was_heard_bounds_larger_products_and_answers_for_its_own(problem) -> None:
    """G falls as the product to beat rises (docs/formulations-search.md)."""
    programs = Counted()
    ceilings = Ceilings(scaled(problem, wild_growth=1.0), programs)
    ceilings.set_product(2.0)
    ceilings.hear(1, 2.0, 0.5)
    assert (ceilings.of(1), programs.asked) == (0.5, 0)
    ceilings.hear(2, 1.0, 0.75)
    assert ceilings.values[2] == 0.75
    assert (ceilings.of(2), programs.asked) == (0.75, 1)
    ceilings.hear(4, 3.0, 0.25)
    assert 4 not in ceilings.values
    assert ceilings.untold() == [(2, 2.0, 0.75)]
    assert ceilings.untold() == []


@given(count=st.integers(0, 5000))
def test_blocks_hold_every_part_once_and_shrink_to_single_parts(count) -> None:
    sizes = [len(block) for block in blocks(count)]
    assert [one for block in blocks(count) for one in block] == list(range(count))
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1:] == [1][:count]


def test_what_nothing_beats_at_any_cost_is_asked_once(problem, tmp_path, monkeypatch) -> None:
    """With more than six deletions affordable; a run that goes on does not ask again, and ends in the same answer."""
    large = replace(problem, max_cost=8.0)
    asked = []

    def counted(*args, **kwargs):
        asked.append(1)
        return at_any_cost(*args, **kwargs)

    monkeypatch.setattr(engine, "at_any_cost", counted)
    whole = solve_benders(large, limits=Limits())
    assert len(asked) == 1
    first = solve_benders(large, limits=Limits(sharing=Sharing(tmp_path)))
    again = solve_benders(large, limits=Limits(sharing=Sharing(tmp_path)))
    assert len(asked) == 2
    for outcome in (first, again):
        same(outcome, whole)
