"""What an exact evaluation leaves behind where it does not beat the value: a clause on condition of its set."""

from __future__ import annotations

from strainopt.lp.program import FloatArray
from strainopt.search.benders.moves import Moves
from strainopt.search.benders.scaled import Scaled
from strainopt.search.benders.support import Supports
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.evaluate import Evaluation

__all__ = ["add_settled"]


def add_settled(
    clauses: Witnesses,
    supports: Supports | Moves,
    *,
    scaled: Scaled,
    chosen: int,
    seen: Evaluation,
    state: FloatArray,
) -> None:
    """Add the clause of a set that was evaluated exactly and is worth no more than the value to beat.

    The state that the value is read from stays optimal wherever it stays feasible: supersets that leave it feasible are
    worth no more, whatever the margins. So the clause speaks in supersets alone, and while its value is none to beat.

    Parameters
    ----------
    clauses : Witnesses
        Where the clause goes.
    supports : Supports or Moves
        From the flux vector to its candidates.
    scaled : Scaled
        The problem whose candidates `chosen` are.
    chosen : int
        The set, as a bit mask of candidates.
    seen : Evaluation
        What it is worth.
    state : array, shape (n,)
        The flux vector behind that value; left as it is.
    """
    flux = state.copy()
    closed = scaled.closed(chosen)
    if closed is not None:
        # what the solver left in a closed column would put candidates of the set itself into the support
        flux[closed] = 0.0
    clauses.add(
        supports.of(flux, chosen),
        growth=seen.growth * scaled.factor,
        product=seen.value * scaled.factor,
        condition=chosen,
    )
