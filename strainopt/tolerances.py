"""Every numerical tolerance of strainopt, each with its reason.

Fluxes are in mmol/gDW/h, growth in 1/h. A number of this kind that is written elsewhere is a defect.
"""

from __future__ import annotations

from typing import Final

PRIMAL_FEASIBILITY: Final = 1e-9
"""What the simplex solvers are asked for. Their default of 1e-6/1e-7 lets traces of biomass be made from nothing."""

DUAL_FEASIBILITY: Final = 1e-9
"""As above, for reduced costs; cofactors enter biomass with coefficients near 1e-6, so do their prices."""

RESIDUAL: Final = 1e-7
"""Largest |S v| and bound violation, relative to 1 + the row's largest term, of a flux vector called feasible."""

DUALITY_GAP: Final = 1e-7
"""Largest relative difference of primal and dual objective for a linear program to be called optimal."""

FARKAS: Final = 1e-9
"""An infeasibility ray must separate by more than this, relative to its own size, to prove infeasibility."""

RAY_NOISE: Final = 1e-9
"""A multiplier this small, relative to the terms it is the sum of, is rounding and meets no infinite bound."""

GROWTH_MARGIN: Final = 1e-7
"""One margin for all comparisons of growth rates, relative to 1 + rate; nearer ties go to the exact step."""

LEAST_GROWTH: Final = 1e-5
"""Smallest growth (1/h) that can be asked for: a hundred times the margin above, within which a mutant may be dead."""

LEAST_UNIT: Final = 0.01
"""Fluxes are divided by the growth floor (1/h), but by no less than this: bounds of 1000 become 1e5, and with larger
ones double precision cannot keep balances within 1e-9. With 1e-4, GLPK called the anaerobic core model infeasible."""

FACE_REDUCED_COST: Final = 1e-7
"""A column whose reduced cost is larger than this (growth scaled to 1) sits at its bound in every growth optimum."""

FACE_SLACK: Final = 1e-9
"""Slack left on the growth row when a second objective is optimised over the growth optima, relative to 1 + growth."""

IMPROVEMENT: Final = 1e-4
"""A design counts as better only if it gains this part of the theoretical maximum product."""

ZERO_FLUX: Final = 1e-9
"""Below this a flux range counts as blocked."""

ZERO_PRODUCT: Final = 1e-6
"""Below this part of the theoretical maximum, the product counts as not made (coupling classes)."""

VERIFY_RELATIVE: Final = 1e-4
"""Largest relative difference between a claimed objective and the one found by plain LPs on the original model."""

MILP_INTEGRALITY: Final = 1e-9
"""Integrality asked of MILP solvers: their 1e-6 times a constant of 1000 leaks flux through a deleted reaction."""

FVA_TOUCH: Final = 1e-11
"""Relative to 1 + bound: a solution this near to a column's bound settles that end of its flux range. Far below the
range comparison (1e-6) and below the traces of biomass that carry real flux."""

AGGREGATE_ZERO: Final = 1e-12
"""Relative: what is left of a cancelled coefficient or side while columns are merged is round-off, not flux."""

AGGREGATE_PIVOT: Final = 1e7
"""Largest ratio of two columns that are merged; biomass to its scarcest cofactor stays inside."""

ENVELOPE: Final = 1e-7
"""A point must lie this far beyond a chord, growth and product scaled to 1, to be a vertex of the envelope."""

INFINITE: Final = 1e20
"""Bounds at or beyond this size mean no bound."""

COST_ROUNDING: Final = 1e-9
"""Relative: what a budget is raised by where costs are broken numbers, so that ten times 0.1 is within 1."""

RANGE_MARGIN: Final = 1e-6
"""Flux ranges are widened by this, relative to 1 + size, before a bound is never binding or a range a constant."""

SMALLEST_PRICE: Final = 1e-3
"""Least constant for a dual variable: an observed price of zero says only that the sample was too small to see one."""

FLUX_SEEN: Final = 1e-7
"""A flux above this, growth scaled by the floor, shows that its direction is open: 100 times what solvers leave."""

BLOCKED_PROOF: Final = 1e-6
"""Largest dual bound, growth scaled by it, that proves a direction closed: rounding times bounds of 1e5 adds up."""

DECIMAL_ROUNDING: Final = 1e-12
"""Coefficients this near, relatively, to a fraction with a small denominator are that fraction, written in decimals."""

RATIO_STEP: Final = 1e-10
"""A yield has converged when it moves by less, relative to 1 + yield; an uptake at or below it is no uptake."""

CARBON_LEAD: Final = 2.0
"""A carbon source limits the cell if it may bring in more than this many times the carbon of the next."""

GROWING: Final = 1e-3
"""Part of the mutant's largest growth (or uptake) from which a state counts as growing (or feeding) in classes:
product tied to growth shrinks with it, and must stay far above what solvers leave (ZERO_PRODUCT)."""

SAME_OBJECTIVE: Final = 1e-6
"""Part of the theoretical maximum product within which two designs count as equally good, and the smaller is kept."""

PREPARE_SHARE: Final = 0.7
"""Most of a time limit that reduction and filters may take; the rest is for the search and its verification."""

VERIFY_SHARE: Final = 0.1
"""Part of a time limit kept for verification, reports and the way back; at least VERIFY_SECONDS, at most half."""

VERIFY_SECONDS: Final = 1.0
"""Least time kept for verification: two dozen linear programs on a genome-scale network."""

TIE: Final = 1e-6
"""Two designs whose values differ by less than this part of the theoretical maximum product are equally good."""

WITNESS_SHARE: Final = 1e-6
"""Imbalance of a row, relative to the sum of its terms, up to which a flux state is a witness; relative, because traces
of biomass run at 1e-6 of growth and a cofactor made from nothing would make a wrong clause."""

WITNESS_ROUNDING: Final = 1e-11
"""Absolute imbalance, growth scaled to about 1, that is rounding of sums of large fluxes."""

PROOF_BALANCE: Final = 1e-9
"""Imbalance of a row, relative to the sum of its own terms, up to which a proof's flux state is one: writers refine to
about 1e-12, and a state that is off by more could speak where none does."""

PROOF_BOUND: Final = 1e-9
"""How far a proof's flux may pass a bound, relative to the bound; a bound of zero holds exactly."""

LARGEST_FLUX: Final = 1e4
"""mmol/gDW/h; in proofs, missing and larger bounds mean this one, which no cell comes near. It has to be finite, as a
price that is off by rounding times an infinite bound would bound nothing. In designs larger bounds mean it too: at
999999, the bounds of some models, a flux's last digit is 1e-10, and rows of cycles cannot be balanced within 1e-9."""
