"""Write the small networks of this folder: `python models/build.py`. Their optima are derived in README.md."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

NO_LIMIT = 1000.0


@dataclass(frozen=True)
class Reaction:
    """One line of a network: `a + 2 b -> c`, bounds in mmol/gDW/h, and a rule of complexes joined by `|`."""

    id: str
    equation: str
    lower: float = 0.0
    upper: float = NO_LIMIT
    rule: str = ""


@dataclass(frozen=True)
class Toy:
    """A network; every metabolite that ends in `_e` is outside."""

    id: str
    growth: str
    reactions: tuple[Reaction, ...]


TOYS = (
    Toy(
        "two_routes",
        "growth",
        (
            Reaction("EX_s_e", "s_e ->", -10.0),
            Reaction("EX_p_e", "p_e ->"),
            Reaction("EX_w_e", "w_e ->"),
            Reaction("to_i", "s_e -> i_c", rule="a1"),
            Reaction("full", "i_c -> 2 x_c", rule="a2"),
            Reaction("partial", "i_c -> 1.2 x_c + 0.3 p_e", rule="a3"),
            Reaction("redox", "s_e -> x_c + r_c", rule="b1"),
            Reaction("make_p", "r_c -> p_e", rule="d1"),
            Reaction("make_w", "r_c -> w_e", rule="d2"),
            Reaction("growth", "x_c ->"),
        ),
    ),
    Toy(
        "isozymes",
        "growth",
        (
            Reaction("EX_s_e", "s_e ->", -10.0),
            Reaction("EX_p_e", "p_e ->"),
            Reaction("EX_w_e", "w_e ->"),
            Reaction("fast", "s_e -> 2 x_c", rule="g1|g2"),
            Reaction("bypass", "s_e -> 1.5 x_c", rule="g1&g5"),
            Reaction("slow", "s_e -> x_c + p_e", rule="g3&g4"),
            Reaction("burn", "s_e -> w_e"),
            Reaction("growth", "x_c ->"),
        ),
    ),
    Toy(
        "maintenance",
        "growth",
        (
            Reaction("EX_s_e", "s_e ->", -10.0),
            Reaction("EX_p_e", "p_e ->"),
            Reaction("resp", "s_e -> 4 atp_c", rule="r1"),
            Reaction("ferm", "s_e -> 2 atp_c + p_e", rule="f1"),
            Reaction("ATPM", "atp_c ->", 8.0),
            Reaction("growth", "s_e + atp_c ->"),
        ),
    ),
    Toy(
        "parsimony",
        "growth",
        (
            Reaction("EX_s_e", "s_e ->", -10.0),
            Reaction("EX_p_e", "p_e ->"),
            Reaction("EX_w_e", "w_e ->"),
            Reaction("best", "s_e -> 2 x_c", rule="k1"),
            Reaction("short", "s_e -> x_c + p_e", rule="k2"),
            Reaction("long1", "s_e -> l1_c", rule="k3"),
            Reaction("long2", "l1_c -> l2_c", rule="k4"),
            Reaction("long3", "l2_c -> x_c + w_e", rule="k5"),
            Reaction("growth", "x_c ->"),
        ),
    ),
    Toy(
        "inward",
        "growth",
        (
            Reaction("IN_s_e", "-> s_e", 0.0, 10.0),
            Reaction("IN_o_e", "-> o_e", -NO_LIMIT, 6.0),
            Reaction("EX_p_e", "p_e ->"),
            Reaction("aerobic", "s_e + o_e -> 2 x_c", rule="h1"),
            Reaction("anaerobic", "s_e -> x_c + p_e", rule="h2"),
            Reaction("growth", "x_c ->"),
        ),
    ),
)


def main(folder: Path) -> None:
    """Write every network into a folder."""
    for toy in TOYS:
        (folder / f"{toy.id}.xml").write_text(sbml(toy), encoding="utf-8")


def sbml(toy: Toy) -> str:
    """SBML level 3 version 1 with flux balance constraints version 2."""
    sides = {reaction.id: _sides(reaction.equation) for reaction in toy.reactions}
    metabolites = dict.fromkeys(name for pair in sides.values() for side in pair for _, name in side)
    bounds = dict.fromkeys(value for reaction in toy.reactions for value in (reaction.lower, reaction.upper))
    genes = dict.fromkeys(gene for reaction in toy.reactions for part in _rule(reaction.rule) for gene in part)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core"',
        '      xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2"',
        '      level="3" version="1" fbc:required="false">',
        f'<model id="{toy.id}" fbc:strict="true">',
        "<listOfCompartments>",
        '<compartment id="c" constant="true"/>',
        '<compartment id="e" constant="true"/>',
        "</listOfCompartments>",
        "<listOfSpecies>",
        *(
            f'<species id="M_{name}" compartment="{name[-1]}" hasOnlySubstanceUnits="false" '
            'boundaryCondition="false" constant="false"/>'
            for name in metabolites
        ),
        "</listOfSpecies>",
        "<listOfParameters>",
        *(f'<parameter id="{_bound(value)}" value="{value:g}" constant="true"/>' for value in bounds),
        "</listOfParameters>",
        "<listOfReactions>",
        *(line for reaction in toy.reactions for line in _reaction(reaction, sides[reaction.id])),
        "</listOfReactions>",
        '<fbc:listOfObjectives fbc:activeObjective="obj">',
        '<fbc:objective fbc:id="obj" fbc:type="maximize"><fbc:listOfFluxObjectives>',
        f'<fbc:fluxObjective fbc:reaction="R_{toy.growth}" fbc:coefficient="1"/>',
        "</fbc:listOfFluxObjectives></fbc:objective>",
        "</fbc:listOfObjectives>",
        "<fbc:listOfGeneProducts>",
        *(f'<fbc:geneProduct fbc:id="G_{gene}" fbc:label={quoteattr(gene)}/>' for gene in genes),
        "</fbc:listOfGeneProducts>",
        "</model>",
        "</sbml>",
    ]
    return "\n".join(lines) + "\n"


def _sides(equation: str) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    left, right = equation.split("->")
    return _terms(left), _terms(right)


def _terms(text: str) -> list[tuple[float, str]]:
    terms = [part.split() for part in text.split("+") if part.strip()]
    return [(float(words[0]) if len(words) == 2 else 1.0, words[-1]) for words in terms]


def _rule(text: str) -> list[list[str]]:
    return [part.split("&") for part in text.split("|")] if text else []


def _bound(value: float) -> str:
    return f"b_{value:g}".replace("-", "minus_")


def _reaction(reaction: Reaction, sides: tuple[list[tuple[float, str]], list[tuple[float, str]]]) -> list[str]:
    lines = [
        f'<reaction id="R_{reaction.id}" reversible="{"true" if reaction.lower < 0.0 else "false"}" fast="false" '
        f'fbc:lowerFluxBound="{_bound(reaction.lower)}" fbc:upperFluxBound="{_bound(reaction.upper)}">'
    ]
    for tag, terms in zip(("listOfReactants", "listOfProducts"), sides, strict=True):
        if terms:
            refs = "".join(
                f'<speciesReference species="M_{name}" stoichiometry="{value:g}" constant="true"/>'
                for value, name in terms
            )
            lines.append(f"<{tag}>{refs}</{tag}>")
    if reaction.rule:
        parts = [
            _joined("and", [f'<fbc:geneProductRef fbc:geneProduct="G_{g}"/>' for g in part])
            for part in _rule(reaction.rule)
        ]
        lines.append(f"<fbc:geneProductAssociation>{_joined('or', parts)}</fbc:geneProductAssociation>")
    return [*lines, "</reaction>"]


def _joined(kind: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"<fbc:{kind}>{''.join(parts)}</fbc:{kind}>"


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
