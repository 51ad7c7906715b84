"""Checks the ids of a configuration against its models, before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from strainopt.batch.check import Checked
from strainopt.batch.expand import drafts
from strainopt.batch.layers import Draft, Layer
from strainopt.batch.positions import KeyPath, Problem
from strainopt.batch.sources import Sources
from strainopt.design.offers import resolve_offers
from strainopt.design.options import DesignOptions
from strainopt.design.problem import Level
from strainopt.errors import StrainoptError, UsageError
from strainopt.io.models import LoadedModel, MissingBounds, RuleMode, read_model

__all__ = ["unknown_ids"]


@dataclass
class _Reader:
    known: dict[tuple[str, str, str], LoadedModel | StrainoptError]

    def get(self, options: DesignOptions) -> LoadedModel | StrainoptError:
        key = (options.model, options.missing_bounds, options.gpr)
        if key not in self.known:
            try:
                self.known[key] = read_model(
                    options.model, missing_bounds=MissingBounds(options.missing_bounds), gpr=RuleMode(options.gpr)
                )
            except StrainoptError as error:
                self.known[key] = error
        return self.known[key]


def unknown_ids(checked: Checked, *, over: tuple[Layer, ...] = ()) -> tuple[Problem, ...]:
    """Every reaction and gene that a task names and its model does not have, and models that cannot be read.

    Parameters
    ----------
    checked : Checked
        The configuration; its models are read.
    over : tuple of Layer
        What overrides the file.
    """
    sources, reader = Sources(checked), _Reader({})
    found: dict[Problem, None] = {}
    for draft in drafts(checked, over=over):
        options = sources.options(draft)
        if options is None:
            continue
        loaded = reader.get(options)
        if isinstance(loaded, StrainoptError):
            place = _place(draft, "model")
            found[checked.fault(place, f"{loaded.what}; {loaded.why or loaded.hint}")] = None
            continue
        for place, ask in _questions(draft, options, loaded):
            try:
                ask()
            except UsageError as error:
                found[checked.fault(place, f"{error.what}; {error.hint or 'see strainopt inspect'}")] = None
    return (*sources.problems, *found)


def _questions(
    draft: Draft, options: DesignOptions, loaded: LoadedModel
) -> Iterator[tuple[KeyPath, Callable[[], object]]]:
    network = loaded.network
    for option in ("target", "biomass", "substrate"):
        name = getattr(options, option)
        if name is not None:
            yield _place(draft, option), lambda name=name: network.reaction(name)  # type: ignore[misc]
    for name in options.bounds:
        yield (*_place(draft, "bounds"), name), lambda name=name: network.reaction(name)  # type: ignore[misc]
    for name in options.medium or ():
        yield _place(draft, "medium"), lambda name=name: network.reaction(name)  # type: ignore[misc]
    look = network.gene if options.level == "gene" else network.reaction
    for option in ("knockouts", "candidates", "exclude"):
        for name in getattr(options, option) or ():
            if not set(name) & set("*?["):
                yield _place(draft, option), lambda name=name: look(name)  # type: ignore[misc]
    lines = options.candidates_file
    if lines is not None:
        level = Level(options.level)
        yield _place(draft, "candidates_file"), lambda: resolve_offers(network, lines, level=level)


def _place(draft: Draft, option: str) -> KeyPath:
    layer = draft.origin.get(option)
    return draft.path if layer is None else layer.places.get(option, draft.path)
