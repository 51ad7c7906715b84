"""From plain options and a network to a verified answer: the one place where options become a design run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import Method, Ties
from strainopt.bilevel.writing import Formulation
from strainopt.design.engines import EngineChoice
from strainopt.design.groundwork import Groundwork
from strainopt.design.options import DesignOptions
from strainopt.design.problem import Certify, DesignSet, Engine, Level, Measure
from strainopt.design.question import Posed, Question, pose
from strainopt.design.solve import solve
from strainopt.design.verify import Checks
from strainopt.network.findings import Finding
from strainopt.network.medium import Medium
from strainopt.network.network import Network
from strainopt.network.scenario import BoundChange, Scenario, apply_scenario
from strainopt.reduce.funnel import DEFAULT_FILTERS, LOSSLESS_FILTERS, Filter
from strainopt.search.outcome import Limits, SearchProgress, Sharing
from strainopt.tolerances import PREPARE_SHARE

__all__ = ["Prepared", "Sharing", "answer", "effective_filters", "prepare", "question_of", "scenario_of"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """A question on a network in its scenario.

    Attributes
    ----------
    scenario : Scenario
    posed : Posed
        `posed.problem.network` has the scenario applied.
    findings : tuple of Finding
        What the scenario brought up.
    """

    options: DesignOptions
    scenario: Scenario
    posed: Posed
    findings: tuple[Finding, ...]

    def described_scenario(self) -> dict[str, object]:
        """The scenario for the result document."""
        medium = self.scenario.medium
        network = self.posed.problem.network
        return {
            "biomass": network.reaction_ids[self.posed.problem.biomass],
            "medium": None if medium is None else dict(medium.uptakes),
            "bounds": {change.reaction: [change.lower, change.upper] for change in self.scenario.bounds},
            "knockouts": list(self.scenario.knockouts),
            "level": self.scenario.level,
        }

    def described_options(self) -> dict[str, object]:
        """Every effective option for the result document, without where the model came from."""
        hidden = ("model", "medium", "bounds")
        options = {name: value for name, value in self.options.to_json().items() if name not in hidden}
        options["filters"] = ",".join(one.value for one in Filter if one in effective_filters(self.options)) or "none"
        options["min_growth_absolute"] = self.posed.problem.min_growth
        return options


def scenario_of(options: DesignOptions, *, medium_source: str = "medium") -> Scenario:
    """The scenario that the options describe."""
    uptakes = None if options.medium is None else tuple(options.medium.items())
    return Scenario(
        biomass=options.biomass,
        medium=None if uptakes is None else Medium(uptakes, source=medium_source),
        bounds=tuple(BoundChange(name, lower, upper) for name, (lower, upper) in options.bounds.items()),
        knockouts=options.knockouts,
        level=Level(options.level),
    )


def question_of(options: DesignOptions) -> Question:
    """The question that the options ask."""
    return Question(
        target=options.target,
        method=Method(options.method),
        max_knockouts=float(options.max_knockouts),
        min_growth=options.min_growth,
        level=Level(options.level),
        candidates=options.candidates,
        offers=options.candidates_file,
        exclude=options.exclude,
        filters=None if options.filters is None else frozenset(Filter(name) for name in options.filters),
        alpha=options.alpha,
        ties=Ties(options.ties),
        measure=Measure(options.objective),
        substrate=options.substrate,
    )


def effective_filters(options: DesignOptions) -> frozenset[Filter]:
    """The filters that act."""
    if options.filters is not None:
        return frozenset(Filter(name) for name in options.filters)
    return DEFAULT_FILTERS if options.candidates is None else LOSSLESS_FILTERS


def prepare(
    network: Network, options: DesignOptions, *, deadline: float = math.inf, groundwork: Groundwork | None = None
) -> Prepared:
    """Apply the scenario and pose the question.

    Parameters
    ----------
    network : Network
        As in the file.
    options : DesignOptions
        Its `model` has been read already.
    deadline : float
        When the run has to end, a `time.monotonic()` moment; a part of the time left is for preparing.
    groundwork : Groundwork, optional
        What was computed for options of the same `groundwork_key`, on the same model.

    Raises
    ------
    UsageError
        An unknown id, or a number out of range.
    ModelError
        The wild type does not grow, or cannot make the target.
    """
    scenario = scenario_of(options)
    changed, findings = apply_scenario(network, scenario, cut_bounds=True)
    biomass = int(np.flatnonzero(changed.objective)[0])
    now = time.monotonic()
    until = now + PREPARE_SHARE * (deadline - now)
    posed = pose(
        changed,
        question_of(options),
        biomass=biomass,
        deadline=until,
        groundwork=groundwork,
        processes=options.threads,
    )
    return Prepared(options, scenario, posed, findings)


def answer(
    prepared: Prepared,
    *,
    deadline: float = float("inf"),
    stop: Callable[[], bool] | None = None,
    observer: Callable[[SearchProgress], None] | None = None,
    sharing: Sharing | None = None,
) -> DesignSet:
    """Search, prove and verify.

    Parameters
    ----------
    prepared : Prepared
        From `prepare`.
    deadline : float
        A `time.monotonic()` moment; covers verification too.
    stop : callable, optional
        Asked often; once it says True, the search ends with the best design found.
    observer : callable, optional
        Told of the progress.
    sharing : Sharing, optional
        Where the state of the search is kept, for other runs or a later one; engine benders only.

    Raises
    ------
    ModelError, UsageError, SolverError
        As `design.solve.solve`.
    """
    options = prepared.options
    return solve(
        prepared.posed.problem,
        choice=EngineChoice(Engine(options.engine), options.solver, Formulation(options.formulation)),
        limits=Limits(
            deadline=deadline,
            threads=options.threads,
            seed=options.seed,
            stop=stop,
            observer=observer,
            sharing=sharing,
        ),
        designs=options.designs,
        within=options.within,
        checks=Checks.standard(Certify(options.certify)),
        funnel=prepared.posed.funnel.steps,
        reduced=prepared.posed.reduced,
        facts=prepared.posed.facts,
    )
