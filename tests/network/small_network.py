"""Networks for the tests of this layer, written down directly."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.network.gpr import parse_rule
from strainopt.network.network import Network


def network(**changes) -> Network:
    """Substrate s (exchange outward) and o (inward) make x by `path`, x leaves by `growth`; ATPM turns s into w."""
    reactions = {
        "EX_s_e": ({"s_e": -1}, -10.0, 1000.0, ""),
        "IN_o_e": ({"o_e": 1}, -1000.0, 5.0, ""),
        "path": ({"s_e": -1, "o_e": -1, "x_c": 1}, 0.0, 1000.0, "g1 or g2"),
        "ATPM": ({"s_e": -1, "w_c": 1}, 2.0, 1000.0, "g3"),
        "sink_w": ({"w_c": -1}, -3.0, 1000.0, ""),
        "growth": ({"x_c": -1}, 0.0, 1000.0, ""),
    }
    metabolites = ("s_e", "o_e", "x_c", "w_c")
    dense = np.zeros((4, len(reactions)))
    for column, (terms, *_rest) in enumerate(reactions.values()):
        for name, value in terms.items():
            dense[metabolites.index(name), column] = value
    values = {
        "id": "toy",
        "reaction_ids": tuple(reactions),
        "metabolite_ids": metabolites,
        "gene_ids": ("g1", "g2", "g3"),
        "reaction_names": ("Substrate exchange", "", "", "", "", "biomass formation"),
        "metabolite_names": ("Substrate", "Oxygen", "", ""),
        "metabolite_compartments": ("e", "e", "c", "c"),
        "metabolite_formulas": ("C6H12O6", "O2", "", ""),
        "stoichiometry": sparse.csc_array(dense),
        "lower": np.array([spec[1] for spec in reactions.values()]),
        "upper": np.array([spec[2] for spec in reactions.values()]),
        "objective": np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        "rules": tuple(parse_rule(spec[3]) for spec in reactions.values()),
    }
    return Network(**{**values, **changes})


def bounds(of: Network, name: str) -> tuple[float, float]:
    column = of.reaction_index[name]
    return float(of.lower[column]), float(of.upper[column])
