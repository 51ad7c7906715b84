"""SBML files (level 3 with flux balance constraints, level 2 with notes) read into a draft."""

from __future__ import annotations

import math
import re
from typing import NoReturn
from xml.parsers import expat

from strainopt.errors import InputError, ModelError
from strainopt.io.sbml_elements import SbmlModel, SbmlReaction, SbmlSpecies
from strainopt.network.gpr import AllOf, AnyOf, Gene, Rule, simplify

__all__ = ["parse_sbml"]

_GENES_IN_NOTES = re.compile(r"\s*GENE[_ ]ASSOCIATION\s*:(.*)", re.IGNORECASE | re.DOTALL)
_FORMULA_IN_NOTES = re.compile(r"\s*FORMULA\s*:\s*(\S+)", re.IGNORECASE)


def parse_sbml(data: bytes, source: str) -> SbmlModel:
    """Read SBML.

    Raises
    ------
    InputError
        Not well-formed XML, or not SBML; `where` has line and column.
    ModelError
        SBML that says what this reader cannot take over (level 1, computed stoichiometry, user constraints).
    """
    reader = _Reader(source)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise InputError(
            "the file is not well-formed XML",
            where=f"{source}:{error.lineno}:{error.offset + 1}",
            why=reason,
            hint="the file may be cut short or damaged: fetch it again, and compare its size or checksum",
        ) from error
    except (LookupError, ValueError) as error:
        raise InputError(
            "the encoding that the file declares is not known", where=source, why=str(error), hint="save it as UTF-8"
        ) from error
    if not reader.is_sbml or not reader.has_model:
        missing = "an SBML model" if reader.is_sbml else "SBML"
        raise InputError(
            f"the file is XML, but not {missing}",
            where=source,
            hint="export the model as SBML level 3 with the fbc package",
        )
    return reader.model


class _Reader:
    """The state of one pass over the file. Element names do not clash between the packages read here."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.model = SbmlModel()
        self.is_sbml = self.has_model = False
        self.reaction: SbmlReaction | None = None
        self.species: SbmlSpecies | None = None
        self.sign = 0
        self.objective: list[tuple[str, float]] = []
        self.groups: list[tuple[str, list[Rule]]] = []
        self.skipped = self.noted = 0
        self.text: list[str] = []
        self.starts = {
            "sbml": self.on_sbml,
            "model": self.on_model,
            "species": self.on_species,
            "parameter": self.on_parameter,
            "localParameter": self.on_parameter,
            "reaction": self.on_reaction,
            "listOfReactants": lambda _: self.on_side(-1),
            "listOfProducts": lambda _: self.on_side(1),
            "listOfModifiers": lambda _: self.on_side(0),
            "speciesReference": self.on_term,
            "stoichiometryMath": self.on_computed_term,
            "geneProduct": lambda a: self.model.genes.append(a.get("id", "")),
            "geneProductAssociation": lambda _: self.groups.append(("whole", [])),
            "and": lambda _: self.on_group("and"),
            "or": lambda _: self.on_group("or"),
            "geneProductRef": self.on_gene,
            "listOfObjectives": self.on_objectives,
            "objective": self.on_objective,
            "fluxObjective": self.on_flux_objective,
            "fluxBound": self.on_flux_bound,
            "initialAssignment": lambda a: self.model.computed.add(a.get("symbol", "")),
            "assignmentRule": lambda a: self.model.computed.add(a.get("variable", "")),
            "userDefinedConstraint": self.on_constraint,
        }
        self.ends = {
            "reaction": self.off_reaction,
            "species": self.off_species,
            "geneProductAssociation": self.off_rule,
        }
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.EntityDeclHandler = self.on_entity

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag[tag.rfind(" ") + 1 :]
        if name == "annotation" or (name == "notes" and self.reaction is None and self.species is None):
            self.skipped = 1
            self.parser.StartElementHandler, self.parser.EndElementHandler = self.skip_start, self.skip_end
        elif name == "notes":
            self.noted, self.text = 1, []
            self.parser.StartElementHandler, self.parser.EndElementHandler = self.note_start, self.note_end
            self.parser.CharacterDataHandler = self.text.append
        else:
            handler = self.starts.get(name)
            if handler is not None:
                handler({key[key.rfind(" ") + 1 :]: value for key, value in attributes.items()})
                if name == "sbml":
                    self.packages(attributes)

    def end(self, tag: str) -> None:
        name = tag[tag.rfind(" ") + 1 :]
        if name in ("and", "or") and self.groups:
            self.off_group()
        elif name in self.ends:
            self.ends[name]()

    def skip_start(self, *_: object) -> None:
        self.skipped += 1

    def skip_end(self, _: str) -> None:
        self.skipped -= 1
        if not self.skipped:
            self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end

    def note_start(self, *_: object) -> None:
        self.noted += 1
        self.text.append("\0")

    def note_end(self, _: str) -> None:
        self.noted -= 1
        self.text.append("\0")
        if self.noted:
            return
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.parser.CharacterDataHandler = None
        for line in "".join(self.text).split("\0"):
            if self.reaction is not None and (match := _GENES_IN_NOTES.match(line)):
                self.reaction.note = " ".join(match.group(1).split())
            elif self.species is not None and not self.species.formula and (match := _FORMULA_IN_NOTES.match(line)):
                self.species.formula = match.group(1)

    def fail(self, what: str, *, why: str = "", hint: str = "") -> NoReturn:
        where = f"{self.source}:{self.parser.CurrentLineNumber}:{self.parser.CurrentColumnNumber + 1}"
        raise ModelError(what, where=where, why=why, hint=hint)

    def number(self, text: str, what: str) -> float:
        try:
            return float(text.strip())
        except ValueError:
            self.fail(f"{what} '{text}' is not a number", hint="correct it in the file")

    def on_entity(self, name: str, *_: object) -> None:
        self.fail(
            f"the file defines an XML entity '{name}'",
            why="entities can make a small file grow without limit, and SBML does not need them",
            hint="save the model again with another program",
        )

    def on_sbml(self, attributes: dict[str, str]) -> None:
        self.is_sbml = True
        level = attributes.get("level", "").strip()
        if level not in ("2", "3"):
            self.fail(f"SBML level '{level}' is not read", hint="convert the file to level 3 with the fbc package")
        self.model.level = int(level)

    def packages(self, attributes: dict[str, str]) -> None:
        for key in attributes:
            uri, _, name = key.rpartition(" ")
            match = re.search(r"/([a-z0-9]+)/version(\d+)$", uri)
            if name == "required" and match and match.group(1) == "fbc":
                self.model.fbc = int(match.group(2))
            elif name == "required" and match:
                self.model.packages.append(match.group(1))

    def on_model(self, attributes: dict[str, str]) -> None:
        self.has_model = True
        self.model.id = attributes.get("id", "")
        strict = attributes.get("strict")
        self.model.strict = None if strict is None else strict in ("true", "1")

    def on_species(self, attributes: dict[str, str]) -> None:
        self.species = SbmlSpecies(
            attributes.get("id", ""),
            attributes.get("name", ""),
            attributes.get("compartment", ""),
            attributes.get("chemicalFormula", ""),
            attributes.get("boundaryCondition") in ("true", "1"),
            self.parser.CurrentLineNumber,
        )
        self.model.species.append(self.species)

    def off_species(self) -> None:
        self.species = None

    def on_parameter(self, attributes: dict[str, str]) -> None:
        name, value = attributes.get("id", ""), attributes.get("value")
        number = math.nan if value is None else self.number(value, f"the value of parameter {name}")
        if self.reaction is not None:
            self.reaction.limits[name] = number
        else:
            self.model.parameters[name] = (number, attributes.get("constant", "true") in ("true", "1"))

    def on_reaction(self, attributes: dict[str, str]) -> None:
        self.reaction = SbmlReaction(
            attributes.get("id", ""),
            attributes.get("name", "").strip(),
            attributes.get("reversible", "true") in ("true", "1"),
            attributes.get("lowerFluxBound", ""),
            attributes.get("upperFluxBound", ""),
            self.parser.CurrentLineNumber,
        )
        self.sign = 0
        self.model.reactions.append(self.reaction)

    def off_reaction(self) -> None:
        self.reaction = None

    def on_side(self, sign: int) -> None:
        self.sign = sign

    def on_term(self, attributes: dict[str, str]) -> None:
        if self.reaction is None or not self.sign:
            return
        value, name = attributes.get("stoichiometry"), attributes.get("species", "")
        if attributes.get("id", "") in self.model.computed and attributes.get("id"):
            self.on_computed_term(attributes)
        if value is None:
            # Level 2 has a default; level 3 has none, and the assembly refuses what is not a number.
            number = 1.0 if self.model.level == 2 else math.nan
        else:
            number = self.number(value, f"the stoichiometry of {name}")
        self.reaction.terms.append((name, self.sign * number))

    def on_computed_term(self, _: dict[str, str]) -> None:
        self.fail("computed stoichiometry is not read", hint="write the coefficient as a number")

    def on_constraint(self, attributes: dict[str, str]) -> None:
        self.fail(
            f"the file has a user-defined constraint ({attributes.get('id', 'without id')})",
            why="leaving it out would change the answer",
            hint="remove it, or express it with a pseudo-metabolite",
        )

    def on_group(self, kind: str) -> None:
        if self.groups:
            self.groups.append((kind, []))

    def off_group(self) -> None:
        kind, parts = self.groups.pop()
        if not parts:
            self.fail("an empty group in a gene rule", hint="remove it from the file")
        self.groups[-1][1].append((AllOf if kind == "and" else AnyOf)(tuple(parts)))

    def on_gene(self, attributes: dict[str, str]) -> None:
        if self.groups:
            self.groups[-1][1].append(Gene(attributes.get("geneProduct", "")))

    def off_rule(self) -> None:
        _, parts = self.groups.pop()
        if self.reaction is not None and parts:
            self.reaction.rule = simplify(parts[0])

    def on_objectives(self, attributes: dict[str, str]) -> None:
        self.model.active_objective = attributes.get("activeObjective", "")

    def on_objective(self, attributes: dict[str, str]) -> None:
        self.objective = []
        minimise = attributes.get("type", "maximize") == "minimize"
        self.model.objectives[attributes.get("id", "")] = (minimise, self.objective)

    def on_flux_objective(self, attributes: dict[str, str]) -> None:
        coefficient = self.number(attributes.get("coefficient", "nan"), "the objective coefficient")
        if attributes.get("variableType", "linear") != "linear":
            self.fail("the objective is not linear", hint="give a linear objective")
        self.objective.append((attributes.get("reaction", ""), coefficient))

    def on_flux_bound(self, attributes: dict[str, str]) -> None:
        value = self.number(attributes.get("value", "nan"), "the flux bound")
        self.model.flux_bounds.append((attributes.get("reaction", ""), attributes.get("operation", ""), value))
