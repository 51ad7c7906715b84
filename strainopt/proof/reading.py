"""Reading proof files, which may come from anybody: sizes are limited, and nothing is taken for what it is not."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn, cast

from strainopt.errors import InputError
from strainopt.network.network import Network
from strainopt.proof.records import VERSION, Best, Inequality, Level, Method, Proof, Question, Witness

__all__ = ["FORMAT", "read_proof", "read_question"]

FORMAT: Final = "strainopt-proof"
MOST_IN_LINE: Final = 1 << 26
MOST_LINES: Final = 10_000_000
_READING: Final = {"missing_bounds": ("error", "default"), "gpr": ("strict", "skip")}


def read_question(path: Path) -> Question:
    """The first line of a proof; its ids are not looked up.

    Raises
    ------
    InputError
        No proof, another version, or a damaged first line.
    """
    with _opened(path) as stream:
        where = f"{path}:1"
        for content in _contents(stream, path):
            return _question(_parsed(content, where), where)
    raise InputError("the file is empty", where=str(path), hint="a proof is written by strainopt design --proof FILE")


def read_proof(path: Path, network: Network) -> Proof:
    """A whole proof, every id known to the model and every number finite.

    Parameters
    ----------
    path : Path
        JSON lines; compressed by gzip if the name ends in .gz.
    network : Network
        As in the model file.

    Raises
    ------
    InputError
        With the line: what is no such record, an unknown id, a number that is none, an end that is missing. Whether
        the file is still as it was written is in `Proof.flaw`.
    """
    digest = hashlib.sha256()
    proof: Proof | None = None
    number, ended = 0, False
    with _opened(path) as stream:
        for number, content in enumerate(_contents(stream, path), start=1):
            where = f"{path}:{number}"
            if ended:
                raise InputError("a line after the end of the proof", where=where)
            record = _parsed(content, where)
            if proof is None:
                proof = Proof(_question(record, where))
                _check_ids(proof.question, network, where)
            elif record.get("kind") == "end":
                proof.flaw = _flaw(record, lines=number, digest=digest.hexdigest(), where=where)
                ended = True
            else:
                _take(proof, _Fields(record, network, where, number))
            digest.update(content)
    if proof is None or not ended:
        raise InputError(
            "the proof is cut off" if number else "the file is empty",
            where=f"{path}:{number}",
            why="a proof ends with a line of kind 'end'",
        )
    return proof


def _opened(path: Path) -> BinaryIO:
    try:
        stream = gzip.open(path, "rb") if path.name.endswith(".gz") else path.open("rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise InputError("the proof cannot be opened", where=str(path), why=str(error.strerror or error)) from error
    return cast(BinaryIO, stream)


def _contents(stream: BinaryIO, path: Path) -> Iterator[bytes]:
    for number in range(1, MOST_LINES + 1):
        try:
            content = stream.readline(MOST_IN_LINE)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                "the proof cannot be read on", where=f"{path}:{number}", why=str(error) or type(error).__name__
            ) from error
        if not content:
            return
        if not content.endswith(b"\n"):
            why = "a line is too long" if len(content) == MOST_IN_LINE else "the last line has no end"
            raise InputError("the proof is damaged", where=f"{path}:{number}", why=why)
        yield content
    raise InputError("the proof has too many lines", where=str(path), why=f"at most {MOST_LINES} are read")


def _parsed(content: bytes, where: str) -> dict[str, Any]:
    def refuse(text: str) -> NoReturn:
        raise InputError(f"{text} is no number", where=where)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            raise InputError("the same name twice in one object", where=where)
        return made

    try:
        record = json.loads(content.decode("utf-8"), parse_constant=refuse, object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError("the line is not JSON", where=where, why=why) from error
    if not isinstance(record, dict):
        raise InputError("the line is not a JSON object", where=where)
    return record


class _Fields:
    """The fields of one line, each taken once; what is left over is refused."""

    def __init__(self, record: dict[str, Any], network: Network | None, where: str, line: int = 1) -> None:
        self._left = dict(record)
        self._network = network
        self.where = where
        self.line = line

    def take(self, name: str) -> Any:
        if name not in self._left:
            raise InputError(f"'{name}' is missing", where=self.where)
        return self._left.pop(name)

    def text(self, name: str) -> str:
        value = self.take(name)
        if not isinstance(value, str):
            raise InputError(f"'{name}' should be text", where=self.where)
        return value

    def number(self, name: str) -> float:
        return _number(self.take(name), name, self.where)

    def names(self, name: str) -> tuple[str, ...]:
        value = self.take(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InputError(f"'{name}' should be a list of ids", where=self.where)
        if len(set(value)) < len(value):
            raise InputError(f"'{name}' names something twice", where=self.where)
        return tuple(value)

    def object(self, name: str) -> dict[str, Any]:
        value = self.take(name)
        if not isinstance(value, dict):
            raise InputError(f"'{name}' should be an object", where=self.where)
        return value

    def numbers(self, name: str) -> dict[str, float]:
        return {key: _number(value, f"{name}.{key}", self.where) for key, value in self.object(name).items()}

    def flux(self, name: str = "flux") -> dict[str, float]:
        found = self.numbers(name)
        index = self._network.reaction_index if self._network else {}
        self._known(found, index, "reaction")
        # a written zero is no use of the reaction
        return {key: value for key, value in found.items() if value != 0.0}

    def inequality(self) -> Inequality:
        growth, product, prices = self.number("growth"), self.number("product"), self.numbers("prices")
        known = dict.fromkeys(self._network.metabolite_ids if self._network else (), 0)
        self._known(prices, known, "metabolite")
        return Inequality(growth, product, prices, self.line)

    def whole_inequality(self, name: str) -> Inequality:
        """An inequality that is the whole of a field."""
        part = _Fields(self.object(name), self._network, f"{self.where}: {name}", self.line)
        found = part.inequality()
        part.done()
        return found

    def takes_null(self, name: str) -> bool:
        """Whether a field is null; it is taken then."""
        none = name in self._left and self._left[name] is None
        if none:
            del self._left[name]
        return none

    def done(self) -> None:
        if self._left:
            raise InputError(f"'{min(self._left)}' is no field of this record", where=self.where)

    def _known(self, found: Mapping[str, float], index: Mapping[str, int], what: str) -> None:
        for key in found:
            if key not in index:
                raise InputError(f"no {what} '{key}' in the model", where=self.where)


def _number(value: Any, name: str, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"'{name}' should be a number", where=where)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InputError(f"'{name}' is too large for a number", where=where)
    return number


def _take(proof: Proof, fields: _Fields) -> None:
    kind = fields.text("kind")
    if kind == "witness":
        genes = fields.names("genes") if proof.question.level is Level.GENE else ()
        proof.witnesses.append(Witness(fields.flux(), genes, fields.line))
    elif kind == "inequality":
        one = fields.inequality()
        if one.growth < 0.0 or one.product < 0.0 or one.growth == one.product == 0.0:
            raise InputError(
                "the weights of growth and product should not be negative, nor both zero", where=fields.where
            )
        proof.inequalities.append(one)
    elif kind == "best":
        if proof.best is not None:
            raise InputError("a second record of kind 'best'", where=fields.where)
        proof.best = _best(fields, proof.question.method)
    elif kind == "most":
        proof.most = fields.flux()
    else:
        raise InputError(f"no record is of kind '{kind[:40]}'", where=fields.where)
    fields.done()


def _best(fields: _Fields, method: Method) -> Best:
    # what OPTCOUPLE may leave out: a state without product, where there is none
    may_lack = method is Method.OPTCOUPLE
    return Best(
        grown=fields.flux("grown"),
        reached=None if may_lack and fields.takes_null("reached") else fields.flux("reached"),
        growth=fields.whole_inequality("growth_bound"),
        value=None if may_lack and fields.takes_null("value_bound") else fields.whole_inequality("value_bound"),
        line=fields.line,
    )


def _flaw(record: dict[str, Any], *, lines: int, digest: str, where: str) -> str:
    """What the last line says against the others; empty if they are as they were written."""
    fields = _Fields(record, None, where)
    fields.text("kind")
    said, sealed = fields.number("lines"), fields.text("sha256")
    fields.done()
    if said != lines:
        return f"it had {said:.0f} lines and has {lines}"
    return "" if sealed == digest else "the sha256 of its lines is another"


def _question(record: dict[str, Any], where: str) -> Question:
    if record.get("format") != FORMAT:
        raise InputError("this is no proof", where=where, hint="a proof is written by strainopt design --proof FILE")
    fields = _Fields(record, None, where)
    fields.take("format")
    if fields.number("version") != VERSION:
        raise InputError(f"the proof is not of version {VERSION}", where=where, hint="use the strainopt that wrote it")
    reading = {name: _word(fields, name, words) for name, words in _READING.items()}
    none = fields.takes_null("design")
    question = Question(
        sha256=fields.text("model_sha256"),
        reading=reading,
        bounds={name: _pair(value, name, where) for name, value in fields.object("bounds").items()},
        biomass=fields.text("biomass"),
        target=fields.text("target"),
        level=Level(_word(fields, "level", [one.value for one in Level])),
        method=Method(_word(fields, "method", [one.value for one in Method])),
        alpha=fields.number("alpha"),
        min_growth=fields.number("min_growth"),
        budget=fields.number("budget"),
        candidates=fields.names("candidates"),
        costs=fields.numbers("costs"),
        knock_ins=fields.names("knock_ins"),
        narrowed={name: _pair(value, name, where) for name, value in fields.object("narrowed").items()},
        forced=fields.names("forced"),
        reactions=fields.names("reactions"),
        design=None if none else fields.names("design"),
        value=math.nan if none else fields.number("value"),
        beta=fields.number("beta"),
    )
    fields.done()
    _check_ranges(question, where)
    return question


def _check_ranges(question: Question, where: str) -> None:
    wrong = [
        name
        for name, right in (
            ("alpha", 0.0 < question.alpha <= 1.0),
            ("min_growth", question.min_growth > 0.0),
            ("budget", 0.0 <= question.budget <= 1e6),
            ("costs", all(cost > 0.0 for cost in question.costs.values())),
            ("beta", question.beta > 0.0),
        )
        if not right
    ]
    wrong += [f"narrowed.{name}" for name, (low, high) in question.narrowed.items() if not low <= 0.0 <= high]
    if wrong:
        raise InputError(f"'{wrong[0]}' is out of range", where=where)
    _check_roles(question, where)


def _check_roles(question: Question, where: str) -> None:
    """A candidate does one thing, and is named among the candidates.

    Raises
    ------
    InputError
        With the first that does two, or is not.
    """
    kinds = (question.knock_ins, tuple(question.narrowed), question.reactions)
    known, seen = set(question.candidates), set[str]()
    for name in (*itertools.chain(*kinds), *question.forced, *question.costs):
        if name not in known:
            raise InputError(f"'{name[:80]}' is not among the candidates", where=where)
    for name in itertools.chain(*kinds):
        if name in seen:
            raise InputError(f"'{name[:80]}' is a candidate of two kinds", where=where)
        seen.add(name)
    if question.reactions and question.level is Level.REACTION:
        raise InputError("'reactions' is for genes: here all candidates are reactions", where=where)


def _word(fields: _Fields, name: str, words: object) -> str:
    value = fields.text(name)
    if value not in cast("tuple[str, ...]", words):
        raise InputError(f"'{name}' is '{value[:40]}', which no proof can be about", where=fields.where)
    return value


def _pair(value: Any, name: str, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise InputError(f"the bounds of '{name}' should be two numbers", where=where)
    low = -math.inf if value[0] is None else _number(value[0], name, where)
    high = math.inf if value[1] is None else _number(value[1], name, where)
    if low > high:
        raise InputError(f"the bounds of '{name}' contradict each other", where=where)
    return low, high


def _check_ids(question: Question, network: Network, where: str) -> None:
    """Every id of the first line is the model's.

    Raises
    ------
    InputError
        With the first that is not.
    """
    genes, reactions = frozenset(question.genes), network.reaction_index
    asked = [(name, reactions) for name in (*question.bounds, question.biomass, question.target)]
    named = (*question.candidates, *question.forced, *(question.design or ()))
    asked += [(name, network.gene_index if name in genes else reactions) for name in named]
    for name, index in asked:
        if name not in index:
            raise InputError(f"no '{name[:80]}' in the model", where=where)
