"""The plan of a design run, for `--dry-run`: what would be searched, and how large that is."""

from __future__ import annotations

import math

from rich.console import Console

from strainopt.cli.console import number, show_table
from strainopt.design.engines import choose_engine
from strainopt.design.problem import Engine
from strainopt.design.request import Prepared
from strainopt.design.solve import last_steps
from strainopt.design.translate import product_coefficients, reduce_problem, translate

__all__ = ["show_plan"]


def show_plan(console: Console, prepared: Prepared) -> None:
    """Funnel, sizes before and after reduction, number of deletion sets, engine and solver."""
    posed, options = prepared.posed, prepared.options
    problem, wild = posed.problem, posed.facts.wild_type
    network = problem.network
    translation = translate(
        problem,
        reduce_problem(problem),
        product_scale=wild.theoretical_max,
        product=product_coefficients(problem),
    )
    steps = (*posed.funnel.steps, *last_steps(problem, translation))
    show_table(console, ("filter", "removed", "left"), [(s.filter, str(s.removed), str(s.left)) for s in steps])
    engine = choose_engine(problem, solver=options.solver) if options.engine == "auto" else Engine(options.engine)
    metabolites, reactions = network.shape
    rows, columns = translation.reduced.shape
    groups = len(translation.candidates.groups)
    sets = sum(math.comb(groups, size) for size in range(int(problem.max_knockouts) + 1))
    name = network.reaction_ids[problem.target]
    lines = (
        f"model       {network.id}: {reactions} reactions, {metabolites} metabolites",
        f"reduced     {columns} reactions, {rows} metabolites",
        f"wild type   growth {number(wild.growth)}, product {number(wild.product_min)} to {number(wild.product_max)}",
        f"target      {name}, at most {number(wild.theoretical_max)} mmol/gDW/h without growth",
        f"designs     growth from {number(problem.min_growth)} 1/h on, at most {problem.max_knockouts:g} interventions",
        f"candidates  {groups} different ones, {sets:,} sets",
        f"engine      {engine.value}, solver {options.solver or 'its own'}",
        "dry run: nothing was searched or written",
    )
    for line in lines:
        console.print(line, markup=False)
