"""From the options of `design` to a question; refuses options that would have no effect together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from strainopt.bilevel.optimality import Formulation
from strainopt.bilevel.problem import Method, Ties
from strainopt.cli.options import CandidateOptions, taken
from strainopt.cli.page import given
from strainopt.cli.scenario import Setting, parsed_list
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Certify, Engine, Measure
from strainopt.design.question import Question
from strainopt.errors import UsageError
from strainopt.reduce.funnel import DEFAULT_FILTERS, LOSSLESS_FILTERS, Filter

__all__ = ["DesignOptions", "chosen_filters", "design_options", "filters_text", "question", "refuse_idle"]


@dataclass(frozen=True)
class DesignOptions:
    """Options of `design` beside scenario, candidates and outputs."""

    target: str
    knockouts: str | None
    method: str
    max_knockouts: int
    alpha: float
    ties: str
    objective: str
    substrate: str | None
    certify: str
    engine: str
    solver: str | None
    formulation: str
    threads: int
    seed: int
    designs: int
    within: float
    time_limit: float | None
    dry_run: bool

    @property
    def choice(self) -> EngineChoice:
        """Engine, solver and formulation."""
        return EngineChoice(Engine(self.engine), self.solver, Formulation(self.formulation))

    @property
    def checked_by(self) -> Certify:
        """Arithmetic of the final check."""
        return Certify(self.certify)


@dataclass(frozen=True)
class _Idle:
    """An option that has an effect only under a condition."""

    option: str
    acts: Callable[[Mapping[str, object]], bool]
    only: str


_IDLE = (
    _Idle("alpha", lambda p: p["method"] == "pessimistic", "with --method pessimistic"),
    _Idle("ties", lambda p: p["method"] == "pfba", "with --method pfba"),
    _Idle("within", lambda p: p.get("designs") != 1, "with --designs above 1"),
    _Idle("formulation", lambda p: p.get("engine") == "milp", "with --engine milp"),
    _Idle("seed", lambda p: p.get("engine") != "enumerate", "with an engine that draws random numbers"),
)


def refuse_idle(ctx: click.Context) -> None:
    """Refuse what stands on the command line without effect, so that nobody believes it had one.

    Raises
    ------
    UsageError
        With the option's name.
    """
    for idle in _IDLE:
        if idle.option in ctx.params and given(ctx, idle.option) and not idle.acts(ctx.params):
            name = f"--{idle.option.replace('_', '-')}"
            raise UsageError(f"{name} has no effect here", where=name, hint=f"it acts only {idle.only}; leave it out")


def design_options(ctx: click.Context) -> DesignOptions:
    """The options, checked together."""
    refuse_idle(ctx)
    if ctx.params["objective"] == "yield" and ctx.params["substrate"] is None:
        raise UsageError("a yield needs a substrate", where="--substrate", hint="name its exchange reaction")
    return taken(DesignOptions, ctx)


def question(options: DesignOptions, candidates: CandidateOptions, setting: Setting) -> Question:
    """The question, ids as typed."""
    return Question(
        target=options.target,
        method=Method(options.method),
        max_knockouts=float(options.max_knockouts),
        min_growth=candidates.min_growth.value,
        relative_growth=candidates.min_growth.relative,
        level=setting.scenario.level,
        candidates=parsed_list(candidates.candidates, where="--candidates"),
        exclude=parsed_list(candidates.exclude, where="--exclude") or (),
        filters=chosen_filters(candidates),
        alpha=options.alpha,
        ties=Ties(options.ties),
        measure=Measure(options.objective),
        substrate=options.substrate,
    )


def chosen_filters(candidates: CandidateOptions) -> frozenset[Filter] | None:
    """The filters named; None for the default."""
    if candidates.filters is None:
        return None
    return frozenset(Filter(name) for name in candidates.filters.split(",") if name != "none")


def filters_text(candidates: CandidateOptions) -> str:
    """The filters that act, as an option's value."""
    named = chosen_filters(candidates)
    if named is None:
        named = DEFAULT_FILTERS if candidates.candidates is None else LOSSLESS_FILTERS
    return ",".join(one.value for one in Filter if one in named) or "none"
