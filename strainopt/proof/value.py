"""The claimed design: its value, enclosed from both sides by arithmetic, and whether beta is near above it."""

from __future__ import annotations

from dataclasses import dataclass

from strainopt.errors import VerificationError
from strainopt.proof.case import Case
from strainopt.proof.records import Best, Flux, Inequality, Method
from strainopt.tolerances import COST_ROUNDING, IMPROVEMENT, SAME_OBJECTIVE, VERIFY_RELATIVE

__all__ = ["Enclosed", "check_beta", "check_without_product", "enclose"]


@dataclass(frozen=True)
class Enclosed:
    """Between which numbers the growth optimum (1/h) and the value of the design lie (mmol/gDW/h; OPTCOUPLE: 1/h)."""

    growth: tuple[float, float]
    value: tuple[float, float]


def enclose(case: Case, best: Best, *, where: str) -> Enclosed:
    """Growth and value of the claimed design.

    A state of the design grows `low`, an inequality says that none grows more than `high`. States that grow at least
    what counts at `high` count for certain; states that count grow at least what counts at `low`. So a state that
    counts encloses the value from one side, and an inequality over all states that may count from the other.
    For OPTCOUPLE the value is growth less growth without product, and the latter is enclosed in the same way.

    Raises
    ------
    VerificationError
        The design is not among those allowed, or some part of the record does not hold.
    """
    question, threshold = case.question, case.threshold
    names = question.design or ()
    _check_allowed(case, names, where)
    for part, flux in (("grown", best.grown), ("reached", best.reached)):
        if flux is None:
            continue
        case.fluxes.check(flux, where=f"{where}: {part}")
        used = sorted(case.disabled(names).intersection(flux))
        if used:
            raise VerificationError(f"the state uses {used[0]}, which the design disables", where=f"{where}: {part}")
        for name in case.exceeded(names, flux):
            raise VerificationError(f"the flux of {name} is beyond what the design allows", where=f"{where}: {part}")
    closed = case.closed_by(names)
    low = case.rate(best.grown, question.biomass)
    if best.growth.growth <= 0.0 or best.growth.product != 0.0:
        raise VerificationError("the inequality does not bound growth", where=f"{where}: growth_bound")
    high = _bound(case, best.growth, closed) / best.growth.growth
    if low < threshold.viable:
        raise VerificationError(f"the design grows {low:.9g}, less than {question.min_growth:.9g}", where=where)
    if question.method is Method.OPTCOUPLE:
        return Enclosed((low, high), _lost(case, best, closed, growth=(low, high), where=where))
    reached = best.reached
    if reached is None or best.value is None:
        raise VerificationError("no state and inequality show the value", where=where)
    if case.rate(reached, question.biomass) < threshold.counts(high):
        raise VerificationError(
            f"the state grows {case.rate(reached, question.biomass):.12g}, too slow to count",
            where=f"{where}: reached",
            why=f"the design may grow {high:.12g}",
        )
    made = case.rate(reached, question.target)
    other = _value_bound(case, best.value, closed, least=threshold.counts(low), where=where)
    value = (made, other) if question.method is Method.OPTKNOCK else (other, made)
    return Enclosed((low, high), value)


def check_without_product(case: Case, flux: Flux, *, where: str) -> None:
    """Refuse a state with any flux of the target.

    Raises
    ------
    VerificationError
        It has some.
    """
    if flux.get(case.question.target, 0.0) != 0.0:
        raise VerificationError(f"the state has a flux of {case.question.target}, and should have none", where=where)


def check_beta(case: Case, enclosed: Enclosed | None, most: Flux, *, where: str) -> None:
    """Whether the value claimed is the design's, and beta no more than an improvement step above it.

    Raises
    ------
    VerificationError
        If not; a better design might hide in between.
    """
    question = case.question
    case.fluxes.check(most, where=f"{where}: most")
    wanted = question.biomass if question.method is Method.OPTCOUPLE else question.target
    scale = max(case.rate(most, wanted), 0.0)
    value = 0.0
    if enclosed is not None:
        value = question.value
        allowed = VERIFY_RELATIVE * abs(value) + SAME_OBJECTIVE * scale
        low, high = enclosed.value
        if not (low >= value - allowed and high <= value + allowed):
            raise VerificationError(
                f"the design is said to have the value {value:.9g}, the proof shows {low:.9g} to {high:.9g}",
                where=where,
            )
    above = IMPROVEMENT * abs(value) + 2.0 * SAME_OBJECTIVE * scale
    if not question.beta <= value + above:
        raise VerificationError(
            f"nothing is said of designs with values between {value:.9g} and {question.beta:.9g}",
            where=where,
            why=f"the value that nothing beats may be {above:.3g} above the design's",
        )


def _check_allowed(case: Case, names: tuple[str, ...], where: str) -> None:
    question = case.question
    foreign = sorted(set(names) - set(question.candidates))
    if foreign:
        raise VerificationError(f"the design chooses {foreign[0]}, which is no candidate", where=where)
    lacking = sorted(set(question.forced) - set(names))
    if lacking:
        raise VerificationError(f"the design is without {lacking[0]}, which all have to choose", where=where)
    cost = question.cost(names)
    if cost > question.budget * (1.0 + COST_ROUNDING):
        raise VerificationError(f"the design costs {cost:g}, more than {question.budget:g}", where=where)


def _lost(
    case: Case, best: Best, closed: frozenset[int], *, growth: tuple[float, float], where: str
) -> tuple[float, float]:
    """Growth less growth without product, which is zero where no state is without, and never less."""
    least = most = 0.0
    if best.reached is not None:
        check_without_product(case, best.reached, where=f"{where}: reached")
        least = max(case.rate(best.reached, case.question.biomass), 0.0)
    if not case.product_lumps & case.arithmetic.forced:
        if best.value is None or best.value.growth <= 0.0 or best.value.product != 0.0:
            raise VerificationError("no inequality bounds growth without product", where=f"{where}: value_bound")
        most = max(_bound(case, best.value, closed | case.product_lumps) / best.value.growth, 0.0)
    return growth[0] - most, growth[1] - least


def _bound(case: Case, inequality: Inequality, closed: frozenset[int]) -> float:
    if closed & case.arithmetic.forced:
        raise VerificationError("the design stops a forced flux", where=f"line {inequality.line}")
    return float(case.arithmetic.terms([inequality]).without(sorted(closed))[0])


def _value_bound(case: Case, inequality: Inequality, closed: frozenset[int], *, least: float, where: str) -> float:
    """The product's bound over states that grow at least `least`: the most for optknock, the least for others."""
    sign = 1.0 if case.question.method is Method.OPTKNOCK else -1.0
    if sign * inequality.product <= 0.0 or inequality.growth < 0.0:
        raise VerificationError("the inequality does not bound the product", where=f"{where}: value_bound")
    top = _bound(case, inequality, closed)
    # a g + b p <= B and g >= least give b p <= B - a least
    return (top - inequality.growth * least) / inequality.product
