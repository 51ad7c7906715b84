"""iJO1366 with a pathway to 1,4-butanediol, as a model file.

Source: StrainDesign's notebook of nested designs (klamt-lab/straindesign @85b35b9, docs/source/examples, JN_06),
example 11: nine reactions from succinyl-CoA and 2-oxoglutarate to 1,4-butanediol; secretion closed but for twenty
exchanges and demands; no uptake of CO2. Its gene rules are shortened there; only reactions are deleted here.
"""

from __future__ import annotations

from pathlib import Path

import cobra
from cobra.io import load_model, save_json_model

TARGET = "EX_14bdo_e"
BIOMASS = "BIOMASS_Ec_iJO1366_core_53p95M"
PATHWAY = {
    "SSCOARx": "h_c + nadph_c + succoa_c --> coa_c + nadp_c + sucsal_c",
    "AKGDC": "akg_c + h_c --> co2_c + sucsal_c",
    "4HBD": "h_c + nadh_c + sucsal_c --> 4hb_c + nad_c",
    "4HBCT": "4hb_c + accoa_c --> 4hbcoa_c + ac_c",
    "4HBDH": "4hbcoa_c + h_c + nadh_c --> 4hbal_c + coa_c + nad_c",
    "4HBDx": "4hbal_c + h_c + nadh_c --> 14bdo_c + nad_c",
    "14BDOtpp": "14bdo_c --> 14bdo_p",
    "14BDOtex": "14bdo_p --> 14bdo_e",
    "EX_14bdo_e": "14bdo_e -->",
}
NEW = ("4hb_c", "4hbcoa_c", "4hbal_c", "14bdo_c", "14bdo_p", "14bdo_e")
SECRETED = (
    *("EX_14bdo_e", "EX_ac_e", "EX_co2_e", "EX_etoh_e", "EX_for_e", "EX_h2_e", "EX_h2o2_e", "EX_h2o_e", "EX_h_e"),
    *("EX_lac__D_e", "EX_meoh_e", "EX_o2_e", "EX_succ_e", "EX_tungs_e", "DM_4crsol_c", "DM_5drib_c", "DM_aacald_c"),
    *("DM_amob_c", "DM_mththf_c", "DM_oxam_c"),
)


def write_model(path: Path) -> None:
    """The model as JSON."""
    model = load_model("iJO1366")
    model.add_metabolites([cobra.Metabolite(name, compartment=name[-1]) for name in NEW])
    for name, equation in PATHWAY.items():
        reaction = cobra.Reaction(name, lower_bound=0.0, upper_bound=1000.0)
        model.add_reactions([reaction])
        reaction.build_reaction_from_string(equation, verbose=False)
    for reaction in model.boundary:
        if reaction.id not in SECRETED and all(number < 0 for number in reaction.metabolites.values()):
            reaction.upper_bound = 0.0
    assert len(SECRETED) == 20
    for name in SECRETED:
        model.reactions.get_by_id(name).upper_bound = 1000.0
    model.reactions.get_by_id("EX_co2_e").lower_bound = 0.0
    save_json_model(model, str(path))


def write_candidates(path: Path) -> None:
    """Every reaction with a gene but the spontaneous ones, and oxygen."""
    model = load_model("iJO1366")
    names = [reaction.id for reaction in model.reactions if reaction.genes and not _spontaneous(reaction)]
    path.write_text("\n".join(["id\tkind", *(f"{name}\tknockout" for name in (*names, "EX_o2_e"))]) + "\n")


def _spontaneous(reaction: cobra.Reaction) -> bool:
    return any(gene.id == "s0001" for gene in reaction.genes)
