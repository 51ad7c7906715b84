"""What a design is worth, by cobra and GLPK alone: nothing of strainopt takes part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cobra
from cobra.flux_analysis import pfba

HELD = 1e-9
"""Slack under a growth that is held: GLPK at its tightest tolerance."""


def model_of(options: Mapping[str, Any], name: str) -> cobra.Model:
    model = cobra.io.load_model(name)
    model.tolerance = 1e-9
    if options["medium"] is not None:
        for exchange in model.exchanges:
            exchange.lower_bound = min(exchange.lower_bound, 0.0) * 0.0
        for reaction, rate in options["medium"].items():
            model.reactions.get_by_id(reaction).lower_bound = -min(float(rate), 1000.0)
    for reaction, (lower, upper) in options["bounds"].items():
        flux = model.reactions.get_by_id(reaction)
        flux.bounds = (
            flux.lower_bound if lower is None else float(lower),
            flux.upper_bound if upper is None else float(upper),
        )
    return model


def intervene(model: cobra.Model, lines: Sequence[Mapping[str, Any]], interventions: Sequence[str]) -> None:
    """Add, narrow or delete reactions as the lines of a candidates file say; knock-ins not named are deleted."""
    kinds = {line["id"]: line["kind"] for line in lines}
    absent = [name for name, kind in kinds.items() if kind == "knockin" and name not in interventions]
    for name in (*absent, *interventions):
        reaction = model.reactions.get_by_id(name)
        kind = "knockout" if name in absent else kinds.get(name, "knockout")
        if kind == "knockout":
            reaction.knock_out()
        elif kind == "bound":
            low, high = next(line["bound"] for line in lines if line["id"] == name)
            reaction.bounds = (max(reaction.lower_bound, low), min(reaction.upper_bound, high))


def value(options: Mapping[str, Any], interventions: Sequence[str], *, name: str = "textbook") -> tuple[float, float]:
    """Growth and objective of a design."""
    model = model_of(options, name)
    floor = options["min_growth"]
    wild = model.slim_optimize()
    least = wild * float(floor.rstrip("%")) / 100.0 if floor.endswith("%") else float(floor)
    biomass = next(iter(cobra.util.linear_reaction_coefficients(model)))
    target = model.reactions.get_by_id(options["target"])
    if options["level"] == "gene":
        cobra.manipulation.knock_out_model_genes(model, list(interventions))
    else:
        intervene(model, options["candidates_file"] or (), interventions)
    growth = model.slim_optimize()
    method = options["method"]
    if method == "optcouple":
        target.bounds = (0.0, 0.0)
        return growth, growth - max(model.slim_optimize(error_value=0.0), 0.0)
    if method == "pfba":
        total = pfba(model).objective_value
        biomass.lower_bound = growth - HELD
        fluxes = sum(r.forward_variable + r.reverse_variable for r in model.reactions)
        model.add_cons_vars(model.problem.Constraint(fluxes, ub=total + 1e-7))
    else:
        held = {"pessimistic": options["alpha"] * growth, "strong": least}.get(method, growth)
        biomass.lower_bound = held - HELD
    model.objective = target
    model.objective_direction = "max" if method == "optknock" else "min"
    return growth, model.slim_optimize()
