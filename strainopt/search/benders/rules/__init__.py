"""When a flux state speaks against designs: one rule per method, each with its argument."""

from strainopt.bilevel.problem import Method
from strainopt.search.benders.rules.optcouple import OptCoupleRule
from strainopt.search.benders.rules.optknock import OptKnockRule
from strainopt.search.benders.rules.parsimonious import ParsimoniousRule
from strainopt.search.benders.rules.pessimistic import PessimisticRule
from strainopt.search.benders.rules.robustknock import RobustKnockRule
from strainopt.search.benders.rules.rule import Demand, Rule
from strainopt.search.benders.rules.strong import StrongRule

__all__ = ["RULES", "Demand", "Rule"]

RULES: dict[Method, Rule] = {
    Method.OPTKNOCK: OptKnockRule(),
    Method.ROBUSTKNOCK: RobustKnockRule(),
    Method.PESSIMISTIC: PessimisticRule(),
    Method.PFBA: ParsimoniousRule(),
    Method.STRONG: StrongRule(),
    Method.OPTCOUPLE: OptCoupleRule(),
}
