"""cobra's reading of a model as plain arrays: the referee for our own reader."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Refereed:
    """What cobra makes of a file."""

    reactions: tuple[str, ...]
    metabolites: tuple[str, ...]
    genes: tuple[str, ...]
    entries: dict[tuple[str, str], float]
    lower: np.ndarray
    upper: np.ndarray
    objective: np.ndarray
    rules: tuple


def read_with_cobra(path: Path) -> Refereed:
    import cobra
    from cobra.util.solver import linear_reaction_coefficients

    logging.getLogger("cobra").setLevel(logging.CRITICAL)
    name = path.name
    if ".xml" in name:
        model = cobra.io.read_sbml_model(str(path))
    elif name.endswith(".json"):
        model = cobra.io.load_json_model(str(path))
    elif name.endswith(".mat"):
        model = cobra.io.load_matlab_model(str(path))
    else:
        model = cobra.io.load_yaml_model(str(path))
    terms = linear_reaction_coefficients(model)
    sign = -1.0 if model.objective_direction == "min" else 1.0
    return Refereed(
        tuple(r.id for r in model.reactions),
        tuple(m.id for m in model.metabolites),
        tuple(g.id for g in model.genes),
        {(m.id, r.id): c for r in model.reactions for m, c in r.metabolites.items() if c},
        np.array([r.lower_bound for r in model.reactions]),
        np.array([r.upper_bound for r in model.reactions]),
        np.array([sign * terms.get(r, 0.0) for r in model.reactions]),
        tuple(r.gpr for r in model.reactions),
    )
