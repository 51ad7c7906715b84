"""SBML ids and the ids people use: the prefixes R_, M_, G_ and the escapes that SBML's alphabet forces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from strainopt.network.gpr import Gene

__all__ = ["plain_ids", "plain_rule"]

_ESCAPE = re.compile(r"__(\d{1,6})__")
_WORD = re.compile(r'[^\s()&|"]+')


def plain_ids(raw: Sequence[str], prefix: str) -> dict[str, str]:
    """The id to use for each SBML id.

    `__45__` stands for the character of that number, `__SBML_DOT__` for a point; the prefix that SBML files add
    (`R_`, `M_`, `G_`) is dropped, except where that would make two ids equal: those stay as they are.
    """
    decoded = {sid: _decode(sid) for sid in raw}
    clipped = {sid: name[len(prefix) :] or name if name.startswith(prefix) else name for sid, name in decoded.items()}
    shared = Counter(clipped.values())
    return {sid: name if shared[name] == 1 else sid for sid, name in clipped.items()}


def _decode(sid: str) -> str:
    if "__" not in sid:
        return sid
    return _ESCAPE.sub(lambda match: _character(match), sid.replace("__SBML_DOT__", "."))


def _character(match: re.Match[str]) -> str:
    number = int(match.group(1))
    return chr(number) if 32 <= number < 0xD800 else match.group()


def plain_rule(text: str) -> str:
    """A rule from the notes of an SBML file with the same change made to every gene id."""

    def replaced(match: re.Match[str]) -> str:
        word = match.group()
        if word.lower() in ("and", "or"):
            return word
        return Gene(plain_ids([word], "G_")[word]).to_text()

    return _WORD.sub(replaced, text)
