"""The plan of a design run for human eyes, for `--dry-run`."""

from __future__ import annotations

from rich.console import Console

from strainopt.cli.console import number, show_table
from strainopt.design.plan import Plan
from strainopt.design.request import Prepared

__all__ = ["show_plan"]


def show_plan(console: Console, prepared: Prepared, plan: Plan) -> None:
    """Funnel, sizes before and after reduction, number of deletion sets, engine and solver."""
    problem, wild = prepared.posed.problem, prepared.posed.facts.wild_type
    network = problem.network
    rows = [(step.filter, str(step.removed), str(step.left)) for step in plan.funnel]
    show_table(console, ("filter", "removed", "left"), rows)
    metabolites, reactions = network.shape
    name = network.reaction_ids[problem.target]
    sets = f"{plan.sets:,}" if plan.sets < 10**15 else f"about 10^{len(str(plan.sets)) - 1}"
    lines = (
        f"model       {network.id}: {reactions} reactions, {metabolites} metabolites",
        f"reduced     {plan.reactions} reactions, {plan.metabolites} metabolites",
        f"wild type   growth {number(wild.growth)}, product {number(wild.product_min)} to {number(wild.product_max)}",
        f"target      {name}, at most {number(wild.theoretical_max)} mmol/gDW/h without growth",
        f"designs     growth from {number(problem.min_growth)} 1/h on, at most {problem.max_knockouts:g} interventions",
        f"candidates  {plan.different} different ones, {sets} sets",
        f"engine      {plan.engine.value}, solver {plan.solver or 'its own'}",
        "dry run: nothing was searched or written",
    )
    for line in lines:
        console.print(line, markup=False)
