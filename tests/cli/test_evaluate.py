"""`strainopt evaluate`: published designs, and designs that do not hold."""

from __future__ import annotations

import json

import pytest


def test_a_published_design(shell) -> None:
    # R1 (COBRA Toolbox tutorial of OptKnock, evaluated by plain LPs on the model of cobra): ALCD2x + LDH_D + PFL
    # gives growth 0.1126 and succinate 9.1091, least and most.
    ran = shell(
        "evaluate", "iJO1366", "--target", "EX_succ_e", "--knockouts", "ALCD2x,LDH_D,PFL",
        "--bounds", "EX_glc__D_e=-10:-10", "--bounds", "EX_o2_e=0:", "--bounds", "GLCabcpp=-1000:1000",
        "--bounds", "GLCptspp=-1000:1000", "--bounds", "GLCt2pp=0:0", "--json",
    )  # fmt: skip
    assert ran.code == 0
    found = json.loads(ran.out)
    design = found["designs"][0]
    assert design["growth"] == pytest.approx(0.1126, abs=5e-5)
    assert design["product_min"] == pytest.approx(9.1091, abs=5e-5)
    assert design["product_max"] == pytest.approx(9.1091, abs=5e-5)
    assert found["command"] == "evaluate"
    assert found["wild_type"]["growth"] == pytest.approx(0.241502, abs=5e-7)


def test_files(shell, tmp_path) -> None:
    ran = shell("evaluate", "two_routes", "--target", "EX_p_e", "--knockouts", "to_i", "--out", str(tmp_path))
    assert ran.code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"result.json", "designs.tsv", "fluxes.tsv", "funnel.tsv"}
    # models/README.md: growth 10, p from 0 to 10, class pGCP.
    line = (tmp_path / "designs.tsv").read_text().splitlines()[1].split("\t")
    assert line[1] == "to_i"
    assert "pGCP" in line
    assert "0" in ran.err


@pytest.mark.parametrize("solver", ["glpk", "highs"])
def test_solver_and_level(shell, solver) -> None:
    ran = shell("evaluate", "isozymes", "--target", "EX_p_e", "--level", "gene", "--knockouts", "g1,g2",
                "--solver", solver, "--json")  # fmt: skip
    found = json.loads(ran.out)
    assert found["engine"]["solver"] == solver
    assert found["designs"][0]["reactions"] == ["bypass", "fast"]
    assert found["designs"][0]["product_min"] == pytest.approx(10.0)


def test_a_lethal_design_is_exit_8_with_the_reason(shell, tmp_path) -> None:
    # models/README.md: maintenance without ATPM has no flux state, as the bounds force it.
    ran = shell("evaluate", "maintenance", "--target", "EX_p_e", "--knockouts", "ATPM", "--out", str(tmp_path))
    assert ran.code == 8
    assert "no steady state" in ran.err
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["designs"] == []
    assert "no steady state" in found["refused"][0]["refusal"]


def test_slower_than_asked_is_exit_8(shell) -> None:
    # {to_i} grows at 10, half of the wild type's 20.
    arguments = ("evaluate", "two_routes", "--target", "EX_p_e", "--knockouts", "to_i", "--min-growth")
    assert shell(*arguments, "50%").code == 0
    ran = shell(*arguments, "60%")
    assert ran.code == 8
    assert "growth 10 is below 12" in ran.err


@pytest.mark.parametrize(
    ("options", "objective"),
    [
        (("--method", "optknock"), 10.0),
        (("--method", "robustknock"), 0.0),
        (("--method", "optcouple"), 0.0),
        (("--method", "pfba", "--ties", "optimistic"), 10.0),
        (("--objective", "yield", "--substrate", "EX_s_e", "--method", "optknock"), 1.0),
        (("--certify", "exact", "--method", "optknock"), 10.0),
    ],
)
def test_objective(shell, options, objective) -> None:
    ran = shell("evaluate", "two_routes", "--target", "EX_p_e", "--knockouts", "to_i", *options, "--json")
    assert json.loads(ran.out)["objective"] == pytest.approx(objective, abs=1e-6)
