"""Random small networks that grow: a planted path from the uptake to biomass, and random reactions around it."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from strainopt.network.network import Network

BIOMASS, TARGET, UPTAKE = 0, 1, 2


def network_of(columns: list[dict[int, float]], lower: list[float], upper: list[float], rules=None) -> Network:
    """A network from columns of stoichiometry; metabolites are numbered from 0."""
    n_rows = 1 + max(row for column in columns for row in column)
    dense = np.zeros((n_rows, len(columns)))
    for j, column in enumerate(columns):
        for row, value in column.items():
            dense[row, j] = value
    n = len(columns)
    return Network(
        id="random",
        reaction_ids=tuple(f"R{j}" for j in range(n)),
        metabolite_ids=tuple(f"m{i}_c" for i in range(n_rows)),
        gene_ids=tuple(sorted({g for rule in rules or () if rule for g in rule.genes()})),
        reaction_names=("",) * n,
        metabolite_names=("",) * n_rows,
        metabolite_compartments=("c",) * n_rows,
        metabolite_formulas=("",) * n_rows,
        stoichiometry=sparse.csc_array(dense),
        lower=np.array(lower, dtype=float),
        upper=np.array(upper, dtype=float),
        objective=np.eye(n)[BIOMASS],
        rules=tuple(rules) if rules else (None,) * n,
    )


coefficients = st.sampled_from([1.0, 1.0, 1.0, 2.0, 3.0, 0.5, 1 / 3, 0.1])
bounds = st.sampled_from([(0.0, 1000.0), (0.0, 1000.0), (-1000.0, 1000.0), (-1000.0, 0.0), (0.0, 5.0), (-3.0, 4.0)])


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Biomass, target and uptake first; then a chain, random reactions, parallel copies, dead ends, forced fluxes."""
    n_metabolites = draw(st.integers(3, 7))
    last = n_metabolites - 1
    columns: list[dict[int, float]] = [
        {last: -1.0, draw(st.integers(0, last - 1)): -draw(st.sampled_from([0.0, 0.25, 0.001]))},
        {draw(st.integers(0, last)): -1.0},
        {0: 1.0},
    ]
    ends = [(0.0, 1000.0), (0.0, 1000.0), (0.0, 10.0)]
    for row in range(last):
        # Some steps are written backward, so that lumps have factors of both signs.
        way = draw(st.sampled_from([1.0, -1.0]))
        columns.append({row: -way * draw(coefficients), row + 1: way * draw(coefficients)})
        ends.append(draw(st.sampled_from([(0.0, 1000.0) if way > 0 else (-1000.0, 0.0), (-1000.0, 1000.0)])))
    for _ in range(draw(st.integers(0, 6))):
        rows = draw(st.lists(st.integers(0, last), min_size=1, max_size=3, unique=True))
        columns.append({row: draw(coefficients) * draw(st.sampled_from([-1.0, 1.0])) for row in rows})
        low, high = draw(bounds)
        # An exchange that brings in matter for nothing would make all uptake limits idle.
        if len(rows) == 1:
            columns[-1] = {rows[0]: -1.0}
            low = max(low, 0.0) if high > 0 else -1.0
        ends.append((low, high))
    for _ in range(draw(st.integers(0, 2))):
        copied = draw(st.integers(3, len(columns) - 1))
        factor = draw(st.sampled_from([1.0, 1.0, -1.0, 2.0]))
        columns.append({row: factor * value for row, value in columns[copied].items()})
        ends.append(draw(st.sampled_from([(0.0, 1000.0), (-1000.0, 1000.0), (0.0, 5.0)])))
    if draw(st.booleans()):
        columns.append({draw(st.integers(0, last)): -1.0, n_metabolites: 1.0})
        ends.append((0.0, 1000.0))
    if draw(st.booleans()):
        forced = draw(st.integers(3, len(columns) - 1))
        ends[forced] = (0.1, 1000.0)
    columns = [{row: value for row, value in column.items() if value != 0.0} for column in columns]
    return network_of(columns, [low for low, _ in ends], [high for _, high in ends])
