"""How far one mixed-integer program gets over all candidates of a genome-scale model: K = 1, acetate, iJO1366.

    python benchmarks/milp_all_candidates.py [--seconds 600] [--solver highs] [--write]

Case: cameo-notebooks @7f59207 (iJO1366, default medium, OptKnock, growth at least 10 %; optimum ATPS4rpp 13.942932),
which `enumerate` proves in seconds. Twice: as the engine runs (start from a short search without big-M), and the bare
program without any known design, whose gap is its own.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import DesignProblem, Engine
from strainopt.design.question import Posed, Question, pose
from strainopt.design.solve import solve
from strainopt.design.translate import product_coefficients, reduce_problem, translate
from strainopt.io.models import read_model
from strainopt.lp.registry import backend
from strainopt.search.claims import MilpSettings, milp_claim
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Limits

BIOMASS = "BIOMASS_Ec_iJO1366_core_53p95M"


def question() -> Posed:
    """The published case."""
    network = read_model("iJO1366").network
    asked = Question(target="EX_ac_e", method=Method.OPTKNOCK, max_knockouts=1.0, min_growth="10%")
    return pose(network, asked, biomass=network.reaction(BIOMASS))


def engine_row(problem: DesignProblem, engine: Engine, solver: str | None, seconds: float) -> str:
    """The engine as users run it."""
    started = time.monotonic()
    choice = EngineChoice(engine, solver=solver)
    answer = solve(problem, choice=choice, limits=Limits(deadline=started + seconds))
    what = f"{answer.objective:.6f} {'+'.join(answer.designs[0].interventions)}" if answer.designs else "none"
    program = answer.statistics.get("program_bound", float("nan"))
    status = f"{answer.status}, proven {answer.proven}"
    return (
        f"| engine {engine.value} | {time.monotonic() - started:.1f} | {status} | {what} "
        f"| {answer.bound:.4f} | {program:.4f} | {answer.gap:.2%} | {answer.rounds} |"
    )


def bare_row(asked: Posed, solver: str, seconds: float) -> str:
    """The program alone, handed nothing."""
    started = time.monotonic()
    problem = translate(
        asked.problem,
        reduce_problem(asked.problem),
        product_scale=asked.facts.wild_type.theoretical_max,
        product=product_coefficients(asked.problem),
    ).problem
    evaluator = Evaluator(problem)
    claim = milp_claim(
        problem,
        backend=backend(solver),
        settings=MilpSettings(start=False),
        limits=Limits(deadline=started + seconds),
        evaluator=evaluator,
    )
    evaluator.close()
    best = claim.found[0] if claim.found else None
    value = float("nan") if best is None else best.value
    names = "none" if best is None else f"{value:.6f} {'+'.join(problem.names[i] for i in sorted(best.deleted))}"
    bound = float(str(claim.statistics["program_bound"]))
    gap = (bound - value) / max(abs(value), 1e-9)
    return (
        f"| program alone, {problem.n_candidates} candidates | {time.monotonic() - started:.1f} | {claim.status.value} "
        f"| {names} | {bound:.4f} | {bound:.4f} | {gap:.2%} | {claim.nodes} |"
    )


def main() -> None:
    """Run, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--solver", default="highs")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    asked = question()
    lines = [
        f"iJO1366, EX_ac_e, OptKnock, K = 1, growth >= 10 %, {len(asked.problem.candidates)} candidates after the "
        f"filters; {arguments.solver}, limit {arguments.seconds:g} s; load at the start {os.getloadavg()[0]:.1f}.",
        "",
        "| what | seconds | status | best | bound | the program's bound | gap | nodes |",
        "|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines))
    for run in (
        lambda: engine_row(asked.problem, Engine.ENUMERATE, None, arguments.seconds),
        lambda: engine_row(asked.problem, Engine.BENDERS, None, arguments.seconds),
        lambda: engine_row(asked.problem, Engine.MILP, arguments.solver, arguments.seconds),
        lambda: bare_row(asked, arguments.solver, arguments.seconds),
    ):
        lines.append(run())
        print(lines[-1], flush=True)
    if arguments.write:
        (Path(__file__).parent / "results" / "milp_all_candidates.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
