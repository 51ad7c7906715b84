"""A strict reader of YAML that knows where everything stands.

PyYAML composes the nodes; nothing here guesses a type from how a scalar looks. Scalars stay text, and the schema says
what each is to be: so `1e-6` is a number where a number is wanted, `NO` a reaction where a reaction is wanted, and
`0010` or `2645.10` stay the gene ids that they are. Duplicate keys, tags, several documents and aliases that grow
without end are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from strainopt.batch.positions import ConfigError, KeyPath, Mark, Problem, path_text

__all__ = ["Document", "Text", "Tree", "load_yaml", "parse_yaml"]

LARGEST: Final = 2**22
"""Bytes; a configuration of a thousand runs has a tenth of it."""

MOST_VALUES: Final = 200_000
"""Values after aliases are followed: aliases of aliases grow exponentially."""

DEEPEST: Final = 30
"""Levels of nesting; the schema has six."""

_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
_PLAIN_TAGS: Final = frozenset({_TEXT_TAG, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})


class Text(str):
    """A scalar as it stands in the file; `plain` says that it was written without quotes."""

    __slots__ = ("plain",)
    plain: bool

    def __new__(cls, value: str, *, plain: bool = True) -> Text:
        """Make one."""
        made = super().__new__(cls, value)
        made.plain = plain
        return made


Tree = None | Text | list["Tree"] | dict[str, "Tree"]


@dataclass(frozen=True)
class Document:
    """Values, and where each stands: `values` by path, `keys` for the key itself."""

    file: str
    text: str
    data: Tree
    values: Mapping[KeyPath, Mark]
    keys: Mapping[KeyPath, Mark]

    def at(self, path: KeyPath, *, key: bool = False) -> Mark:
        """Where the value (or key) of a path stands; for what is not there, where its nearest parent stands."""
        if key and path in self.keys:
            return self.keys[path]
        for length in range(len(path), -1, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return Mark(self.file, 1, 1)


def load_yaml(path: Path) -> Document:
    """Read a file.

    Raises
    ------
    ConfigError
        Everything that is wrong with its form; the first syntax error ends the reading.
    """
    start = Mark(str(path), 1, 1)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(start, "", f"cannot be read: {error.strerror or error}")]) from error
    if len(data) > LARGEST:
        raise ConfigError([Problem(start, "", f"has {len(data)} bytes; no configuration is so large")])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError([Problem(start, "", "is UTF-16 text; save it as UTF-8")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        mark = Mark(str(path), before.count(b"\n") + 1, column)
        raise ConfigError([Problem(mark, "", "is not UTF-8 text; save it as UTF-8")]) from error
    return parse_yaml(text, file=str(path))


def parse_yaml(text: str, *, file: str) -> Document:
    """Read a text; `file` is its name in messages. Errors as for `load_yaml`."""
    try:
        root = _Nodes(text).get_single_node()
    except ReaderError as error:
        before = text[: error.position]
        mark = Mark(file, before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1)
        raise ConfigError([Problem(mark, "", f"the character {error.character!r} is not allowed")]) from error
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, file)]) from error
    reader = _Values(file)
    data = reader.value(root, ()) if root is not None else None
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(file, text, data, reader.values, reader.keys)


class _Nodes(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML's composer with a resolver that guesses nothing, and a bound on nesting."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self.depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """One node and what it contains."""
        self.depth += 1
        if self.depth > DEEPEST:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "is nested too deeply", mark)
        made: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return made


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    place = error.problem_mark or error.context_mark
    mark = Mark(file, 1, 1) if place is None else Mark(file, place.line + 1, place.column + 1)
    said = error.problem or "cannot be read as YAML"
    context = f" ({error.context})" if error.context else ""
    advice = ""
    if "'\\t'" in said:
        advice = "; indent by spaces, not by tabs"
    elif "mapping values are not allowed" in said:
        advice = "; put quotes around a text that holds ': ', or indent this line as its neighbours"
    elif "but found another document" in said or "expected a single document" in str(error.context):
        advice = "; one file holds one configuration"
    return Problem(mark, "", f"{said}{context}{advice}")


@dataclass
class _Values:
    """Turns nodes into values, notes their places, and collects what is wrong."""

    file: str
    values: dict[KeyPath, Mark] = field(default_factory=dict)
    keys: dict[KeyPath, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    open_nodes: set[int] = field(default_factory=set)
    seen: int = 0

    def value(self, node: Node, path: KeyPath) -> Tree:
        """The value of a node, aliases followed."""
        self.values[path] = self.mark(node)
        self.seen += 1
        if self.seen > MOST_VALUES:
            text = f"holds more than {MOST_VALUES:,} values once aliases are followed"
            raise ConfigError([*self.problems, Problem(self.mark(node), path_text(path), text)])
        if node.tag not in _PLAIN_TAGS:
            shown = node.tag.replace("tag:yaml.org,2002:", "!!")
            self.tell(node, path, f"the tag {shown} has no meaning here; leave it out")
            return None
        if isinstance(node, ScalarNode):
            plain = node.style is None
            return None if plain and node.value in _NULLS else Text(node.value, plain=plain)
        if id(node) in self.open_nodes:
            self.tell(node, path, "an alias stands for something that contains the alias itself")
            return None
        self.open_nodes.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
            return self.mapping(node, path)
        finally:
            self.open_nodes.discard(id(node))

    def mapping(self, node: Node, path: KeyPath) -> dict[str, Tree]:
        """A mapping; what a merge key brings is overridden by the mapping's own keys."""
        own: dict[str, Tree] = {}
        first: dict[str, int] = {}
        items: list[tuple[str, Node, Node]] = []
        for key, item in node.value:
            if not isinstance(key, ScalarNode):
                self.tell(key, path, "a key must be a plain text")
                continue
            name = key.value
            if name in first:
                place = (*path, name)
                self.tell(key, place, f"the key '{name}' stands here twice (first in line {first[name]})")
                continue
            first[name] = key.start_mark.line + 1
            items.append((name, key, item))
        # What is merged is read first, so that the places noted last are those of the mapping's own keys.
        merges = [item for name, key, item in items if _is_merge(name, key)]
        merged = self.merge(merges[0], path) if merges else {}
        for name, key, item in items:
            if not _is_merge(name, key):
                place = (*path, name)
                self.keys[place] = self.mark(key)
                own[name] = self.value(item, place)
        return {**{name: value for name, value in merged.items() if name not in own}, **own}

    def merge(self, node: Node, path: KeyPath) -> dict[str, Tree]:
        """What `<<` brings: one mapping, or several of which the first wins."""
        parts = node.value if isinstance(node, SequenceNode) else [node]
        found: dict[str, Tree] = {}
        for part in reversed(parts):
            if not isinstance(part, MappingNode) or id(part) in self.open_nodes:
                self.tell(node, (*path, "<<"), "the merge key takes an alias of another mapping, or a list of them")
                return {}
            self.open_nodes.add(id(part))
            found.update(self.mapping(part, path))
            self.open_nodes.discard(id(part))
        return found

    def tell(self, node: Node, path: KeyPath, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(self.mark(node), path_text(path), message))

    def mark(self, node: Node) -> Mark:
        """Where a node starts."""
        return Mark(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


def _is_merge(name: str, key: Node) -> bool:
    return name == "<<" and isinstance(key, ScalarNode) and key.style is None
