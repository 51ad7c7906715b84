"""Random cells whose product is often coupled to growth by interventions, as design questions.

Networks, rules and bounds are those of `tests.search.fermenters`; what is done to them is drawn here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from strainopt.bilevel.problem import AllIntact, AnyIntact, Intact, Leaf
from strainopt.design.problem import DesignProblem, Level
from strainopt.network.network import Network
from strainopt.network.rules import AllOf, AnyOf, Gene, Rule
from tests.engines.cases import Case
from tests.search.fermenters import fermenter

GROWTH, PRODUCT = 1, 2


def cell(seed: int, case: Case, level: Level) -> DesignProblem | None:
    """Deletions at costs of 1, or None where the draw cannot grow or make product."""
    drawn = fermenter(seed, method=case.method, genes=level is Level.GENE, ties=case.ties)
    if drawn is None:
        return None
    m, n = drawn.matrix.shape
    inner = sorted(drawn.intact)
    rules: list[Rule | None] = [_rule(drawn.intact[j]) if j in drawn.intact else None for j in range(n)]
    genes = tuple(sorted({gene for rule in rules if rule is not None for gene in rule.genes()}))
    names = tuple(f"R{j}" for j in range(n))
    network = Network(
        id="cell",
        reaction_ids=names,
        metabolite_ids=tuple(f"m{i}" for i in range(m)),
        gene_ids=genes,
        reaction_names=("",) * n,
        metabolite_names=("",) * m,
        metabolite_compartments=("",) * m,
        metabolite_formulas=("",) * m,
        stoichiometry=drawn.matrix,
        lower=drawn.lower,
        upper=drawn.upper,
        objective=np.eye(n)[GROWTH],
        rules=tuple(rules),
    )
    return DesignProblem(
        network=network,
        biomass=GROWTH,
        target=PRODUCT,
        method=case.method,
        max_knockouts=2.0,
        min_growth=0.5,
        candidates=genes if level is Level.GENE else tuple(names[j] for j in inner),
        level=level,
        alpha=case.alpha,
        ties=case.ties,
    )


def with_interventions(problem: DesignProblem, seed: int) -> DesignProblem:
    """Some reactions become knock-ins, some (the target or an exit among them) are narrowed, a candidate is forced."""
    rng = np.random.default_rng(seed)
    network = problem.network
    genes = problem.level is Level.GENE
    free = [
        name
        for j, name in enumerate(network.reaction_ids)
        if j > PRODUCT and network.lower[j] <= 0.0 <= network.upper[j]
    ]
    free = rng.permutation(free).tolist()
    knock_ins = tuple(free[: rng.integers(0, 4)])
    # the exit of waste, sometimes the product itself, and what comes
    limited = [name for name in ("R3", *(["R2"] if rng.random() < 0.2 else []), *free[3:6]) if name not in knock_ins]
    narrowed = {
        name: (-float(rng.choice([0.0, 0.5, 2.0])), float(rng.choice([0.0, 0.5, 2.0, 5.0])))
        for name in limited[: rng.integers(0, 4)]
    }
    whole = tuple(name for name in free[6:8] if name not in narrowed) if genes else ()
    left = [name for name in problem.candidates if name not in knock_ins and name not in narrowed]
    candidates = (*knock_ins, *narrowed, *whole, *left[:3])
    forced = (str(rng.choice(candidates)),) if candidates and rng.random() < 0.3 else ()
    return replace(
        problem,
        candidates=candidates,
        costs={name: 0.5 if name in narrowed else float(rng.choice([0.5, 1.0, 1.5])) for name in candidates},
        knock_ins=knock_ins,
        narrowed=narrowed,
        forced=forced,
        whole_reactions=frozenset(whole),
    )


def _rule(tree: Intact) -> Rule:
    if isinstance(tree, Leaf):
        return Gene(f"g{tree.candidate}")
    assert isinstance(tree, (AllIntact, AnyIntact))
    parts = tuple(_rule(part) for part in tree.parts)
    return AllOf(parts) if isinstance(tree, AllIntact) else AnyOf(parts)
