"""The COBRA Toolbox's OptKnock tutorial as design questions (COBRA.tutorials @0570296, design/optKnock)."""

from __future__ import annotations

from strainopt.bilevel.problem import Method
from strainopt.design.question import Posed, Question, pose
from strainopt.network.network import Network

BIOMASS = "BIOMASS_Ec_iJO1366_core_53p95M"
_NAMES = (
    "GLCabcpp GLCptspp HEX1 PGI PFK FBA TPI GAPD PGK PGM ENO PYK LDH_D PFL ALCD2x PTAr ACKr G6PDH2r PGL GND RPI RPE "
    "TKT1 TALA TKT2 FUM FRD2 SUCOAS AKGDH ACONTa ACONTb ICDHyr CS MDH MDH2 MDH3 ACALD"
)
CANDIDATES = tuple(_NAMES.split())


def tutorial_network(network: Network, *, maintenance: bool) -> Network:
    """`iJO1366` with the tutorial's bounds; without maintenance the lower bound of ATPM is 0.

    The tutorial's program drops lower bounds, so its own optima hold only without maintenance.
    """
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, low, high in (
        ("EX_glc__D_e", -10.0, -10.0),
        ("EX_o2_e", 0.0, 1000.0),
        ("GLCabcpp", -1000.0, 1000.0),
        ("GLCptspp", -1000.0, 1000.0),
        ("GLCt2pp", 0.0, 0.0),
        *(() if maintenance else (("ATPM", 0.0, 1000.0),)),
    ):
        column = network.reaction(name)
        lower[column], upper[column] = low, high
    return network.with_bounds(lower, upper)


def tutorial(network: Network, target: str, *, k: int, maintenance: bool) -> Posed:
    """OptKnock over the tutorial's 37 candidates, growth at least half of the wild type's 0.241502."""
    asked = Question(
        target=target,
        method=Method.OPTKNOCK,
        max_knockouts=float(k),
        min_growth=str(0.5 * 0.241502),
        candidates=CANDIDATES,
        filters=frozenset(),
    )
    changed = tutorial_network(network, maintenance=maintenance)
    return pose(changed, asked, biomass=changed.reaction(BIOMASS))
