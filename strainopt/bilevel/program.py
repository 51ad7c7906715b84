"""From a bilevel problem to one mixed-integer program."""

from __future__ import annotations

from dataclasses import dataclass

from strainopt.bilevel.builder import ProgramBuilder
from strainopt.bilevel.constants import Ledger, Observed
from strainopt.bilevel.coupling import add_coupling
from strainopt.bilevel.guarantee import add_guarantee
from strainopt.bilevel.optknock import add_optknock
from strainopt.bilevel.parsimonious import add_parsimonious
from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.bilevel.switches import Switches, add_switches, forbid_exactly
from strainopt.bilevel.writing import Formulation, Writing
from strainopt.lp.program import MixedProgram

__all__ = ["SingleLevel", "single_level"]

_WRITERS = {
    Method.OPTKNOCK: add_optknock,
    Method.ROBUSTKNOCK: add_guarantee,
    Method.PESSIMISTIC: add_guarantee,
    Method.STRONG: add_guarantee,
    Method.PFBA: add_parsimonious,
    Method.OPTCOUPLE: add_coupling,
}


@dataclass(frozen=True, eq=False)
class SingleLevel:
    """The program, where its binaries are, and the account of its constants."""

    program: MixedProgram
    switches: Switches
    ledger: Ledger


def single_level(
    problem: BilevelProblem,
    observed: Observed,
    *,
    formulation: Formulation,
    refused: tuple[frozenset[int], ...] = (),
) -> SingleLevel:
    """Write the problem as one program.

    `refused` are designs whose claimed value plain linear programs did not confirm; exactly these are forbidden.
    """
    builder, ledger = ProgramBuilder(), Ledger()
    switches = add_switches(builder, problem, binary_closures=formulation is Formulation.INDICATOR)
    _WRITERS[problem.method](Writing(builder, switches, ledger, observed, formulation), problem)
    for deleted in refused:
        forbid_exactly(builder, switches, deleted)
    return SingleLevel(builder.build(), switches, ledger)
