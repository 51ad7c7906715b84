"""From the scenario options to a network in its scenario."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from strainopt.cli.options import ScenarioOptions
from strainopt.io.models import LoadedModel, MissingBounds, RuleMode, read_model
from strainopt.io.tables import parse_bounds, parse_id_list, read_medium
from strainopt.network.findings import Finding
from strainopt.network.network import Network
from strainopt.network.scenario import BoundChange, Level, Scenario, apply_scenario
from strainopt.report.document import ModelInfo

__all__ = ["Setting", "merged_bounds", "open_setting", "parsed_list"]


@dataclass(frozen=True, eq=False)
class Setting:
    """A model in its scenario.

    `network` has the scenario applied; `biomass` is the growth reaction's column, None where it is not known.
    """

    loaded: LoadedModel
    scenario: Scenario
    network: Network
    biomass: int | None
    findings: tuple[Finding, ...]

    @property
    def growth_column(self) -> int:
        """The growth reaction's column, where `open_setting` was told that it is needed."""
        if self.biomass is None:
            raise ValueError("the growth reaction is not known")
        return self.biomass

    @property
    def model_info(self) -> ModelInfo:
        """The model for the result document."""
        return ModelInfo.of(self.loaded.network, sha256=self.loaded.sha256)

    def describe(self) -> Mapping[str, object]:
        """The scenario for the result document."""
        medium = self.scenario.medium
        return {
            "biomass": None if self.biomass is None else self.network.reaction_ids[self.biomass],
            "medium": None if medium is None else dict(medium.uptakes),
            "bounds": merged_bounds(self.scenario.bounds),
            "knockouts": list(self.scenario.knockouts),
            "level": self.scenario.level,
        }


def merged_bounds(changes: Iterable[BoundChange]) -> dict[str, tuple[float | None, float | None]]:
    """Each reaction's sides, the last one given counts."""
    merged: dict[str, tuple[float | None, float | None]] = {}
    for change in changes:
        lower, upper = merged.get(change.reaction, (None, None))
        merged[change.reaction] = (
            lower if change.lower is None else change.lower,
            upper if change.upper is None else change.upper,
        )
    return merged


def open_setting(
    options: ScenarioOptions, *, knockouts: str | None, growth_needed: bool = True, cut_bounds: bool = False
) -> Setting:
    """Read the model and apply the scenario; `growth_needed` and `cut_bounds` as `apply_scenario` has them.

    Raises
    ------
    InputError, UsageError
        A file, an id or a bound that cannot be used.
    """
    scenario = Scenario(
        biomass=options.biomass,
        medium=None if options.medium is None else read_medium(options.medium),
        bounds=tuple(parse_bounds(text) for text in options.bounds),
        knockouts=parsed_list(knockouts, where="--knockouts") or (),
        level=Level(options.level),
    )
    loaded = read_model(options.model, missing_bounds=MissingBounds(options.missing_bounds), gpr=RuleMode(options.gpr))
    network, more = apply_scenario(loaded.network, scenario, growth_needed=growth_needed, cut_bounds=cut_bounds)
    terms = np.flatnonzero(network.objective)
    biomass = int(terms[0]) if len(terms) == 1 and network.objective[terms[0]] > 0.0 else None
    return Setting(loaded, scenario, network, biomass, (*loaded.findings, *more))


def parsed_list(text: str | None, *, where: str) -> tuple[str, ...] | None:
    """Ids of `A,B` or `@file`; None stays."""
    return None if text is None else parse_id_list(text, where=where)
