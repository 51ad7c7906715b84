"""What is computed of a scenario before a search, and is the same for many questions: kept, and read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from strainopt import __version__
from strainopt.design.options import DesignOptions
from strainopt.design.preflight import Preflight
from strainopt.design.problem import WildType
from strainopt.errors import InputError
from strainopt.reduce.archive import REDUCED_FORMAT, reduced_from_archive, reduced_to_archive
from strainopt.reduce.candidates import Funnel
from strainopt.reduce.funnel import FunnelStep
from strainopt.reduce.reduced import ReducedNetwork

__all__ = ["Groundwork", "groundwork_from_archive", "groundwork_key", "groundwork_to_archive"]

GROUNDWORK_FORMAT: Final = 1
"""Changes when an older reader would misread a newer archive."""

_NO_BEARING: Final = frozenset({
    "model", "method", "alpha", "ties", "certify", "max_knockouts", "engine", "solver", "formulation", "threads",
    "seed", "designs", "within", "time_limit",
})  # fmt: skip
"""Options that the groundwork does not depend on. The model's bytes are in the key in place of its name, and of method
and alpha what they do. An option that is not listed is in the key: at worst something is computed twice."""

_SAME_FOR: Final = frozenset({"optknock", "robustknock", "pessimistic", "pfba", "strong"})
"""Methods whose groundwork differs at most by the growth floor."""

_FACTS: Final = tuple(item for item in fields(Preflight) if item.name != "wild_type")


@dataclass(frozen=True, eq=False)
class Groundwork:
    """What takes linear programs when a question is posed.

    Attributes
    ----------
    growth : float
        The least growth asked for, 1/h.
    facts : Preflight
        What the wild type does.
    reduced : ReducedNetwork
        With ranges.
    funnel : Funnel
        Of the candidates that may be deleted, before knock-ins and the like join them.
    whole : bool
        Whether all of it was done before the deadline, so that nothing depends on the clock.
    """

    growth: float
    facts: Preflight
    reduced: ReducedNetwork
    funnel: Funnel
    whole: bool = True


def groundwork_key(options: DesignOptions, *, model_sha256: str) -> str:
    """Hash of everything that the groundwork depends on: the scenario, the candidates, target, floor, versions.

    Parameters
    ----------
    options : DesignOptions
        Effective ones.
    model_sha256 : str
        Of the model's bytes.
    """
    values = {name: value for name, value in options.to_json().items() if name not in _NO_BEARING}
    values["model"] = model_sha256
    values["floor_factor"] = options.alpha if options.method == "pessimistic" else 1.0
    values["method"] = "" if options.method in _SAME_FOR else options.method
    versions = [__version__, GROUNDWORK_FORMAT, REDUCED_FORMAT]
    text = json.dumps(["strainopt groundwork", versions, values], sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def groundwork_to_archive(groundwork: Groundwork, *, key: str) -> bytes:
    """As bytes, with a checksum in front; every number comes back bit by bit."""
    facts = groundwork.facts
    told = {
        "key": key,
        "growth": float(groundwork.growth).hex(),
        "wild_type": {name: float(value).hex() for name, value in asdict(facts.wild_type).items()},
        "facts": {item.name: _plain(getattr(facts, item.name)) for item in _FACTS},
        "candidates": groundwork.funnel.candidates,
        "steps": [asdict(step) for step in groundwork.funnel.steps],
    }
    body = json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n" + reduced_to_archive(groundwork.reduced)
    return hashlib.sha256(body).hexdigest().encode("ascii") + b"\n" + body


def groundwork_from_archive(data: bytes, *, key: str, where: str = "") -> Groundwork:
    """What `groundwork_to_archive` wrote under this key.

    Raises
    ------
    InputError
        The bytes are damaged, or of another key.
    """
    check, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode("ascii") != check:
        raise InputError("the archive of a reduced scenario is damaged", where=where, why="its checksum is wrong")
    text, _, rest = body.partition(b"\n")
    try:
        told = json.loads(text)
        if told["key"] != key:
            raise ValueError("it is of another scenario")
        return _groundwork(told, reduced_from_archive(rest, where=where))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("the archive of a reduced scenario is damaged", where=where, why=str(error)) from error


def _groundwork(told: Mapping[str, Any], reduced: ReducedNetwork) -> Groundwork:
    wild_type = WildType(**{item.name: float.fromhex(told["wild_type"][item.name]) for item in fields(WildType)})
    others = {item.name: _number(told["facts"][item.name]) for item in _FACTS}
    return Groundwork(
        growth=float.fromhex(told["growth"]),
        facts=Preflight(wild_type=wild_type, **others),  # type: ignore[arg-type]
        reduced=reduced,
        funnel=Funnel(tuple(told["candidates"]), tuple(FunnelStep(**step) for step in told["steps"])),
    )


def _plain(value: float | int | None) -> str | int | None:
    """A fact as JSON holds it without loss: not-a-number is one of them."""
    if value is None or isinstance(value, float):
        return None if value is None else value.hex()
    return int(value)


def _number(told: str | int | None) -> float | int | None:
    return float.fromhex(told) if isinstance(told, str) else told
