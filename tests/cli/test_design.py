"""`strainopt design` at the shell. Optima of two_routes and isozymes are derived by hand in models/README.md."""

from __future__ import annotations

import csv
import importlib
import json
from pathlib import Path

import pytest

from strainopt.cli.designing import HELPERS_NEED

FILES = {"result.json", "designs.tsv", "fluxes.tsv", "funnel.tsv", "run.log"}
BASE = ("design", "two_routes", "--target", "EX_p_e", "--min-growth", "1")


ENGINES = ("benders", "milp", "enumerate")


def document(ran) -> dict:
    """stdout must be one JSON document and nothing else."""
    return json.loads(ran.out)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


@pytest.mark.parametrize(
    ("arguments", "objective", "knockouts"),
    [
        (("--method", "robustknock", "-k", "1"), 3.0, ["full"]),
        (("--method", "robustknock", "-k", "2"), 10.0, ["make_w", "to_i"]),
        (("--method", "optknock", "-k", "1"), 10.0, ["to_i"]),
        (("--method", "pfba", "-k", "1"), 3.0, ["full"]),
        (("--method", "pfba", "--ties", "optimistic", "-k", "1"), 10.0, ["to_i"]),
        (("--method", "strong", "-k", "2"), 1.0, ["make_w", "to_i"]),
        (("--method", "optcouple", "-k", "1"), 2.0, ["full"]),
        *((("--method", "optcouple", "-k", "2", "--engine", one), 12.0, ["full", "make_w"]) for one in ENGINES),
        # Growth of 90 % of {full}'s 12 leaves room to make less p: partial alone gives 1.2 and 0.3 per s.
        (("--method", "pessimistic", "--alpha", "1", "-k", "1"), 3.0, ["full"]),
    ],
)
def test_methods(shell, arguments, objective, knockouts) -> None:
    ran = shell(*BASE, *arguments, "--json")
    found = document(ran)
    assert ran.code == 0
    assert (found["status"], found["proven"]) == ("optimal", True)
    assert found["objective"] == pytest.approx(objective, rel=1e-6)
    assert found["designs"][0]["interventions"] == knockouts
    assert found["designs"][0]["verified"] is True


def test_optcouple_where_no_state_is_without_product(shell) -> None:
    # maintenance, {resp}: growth 4 with the product that the forced ATP needs, no state at all without.
    asked = ("design", "maintenance", "--target", "EX_p_e", "--min-growth", "1", "-k", "2", "--method", "optcouple")
    for engine in ENGINES:
        found = document(shell(*asked, "--engine", engine, "--json"))
        design = found["designs"][0]
        assert (found["objective"], design["coupling_potential"]) == pytest.approx((4.0, 4.0), rel=1e-6)
        assert design["interventions"] == ["resp"]
        assert design["product_min"] == pytest.approx(6.0)


def test_optcouple_says_where_nothing_is_coupled(shell) -> None:
    # parsimony, one deletion: {best} grows at 10 without product as well.
    asked = ("design", "parsimony", "--target", "EX_p_e", "--min-growth", "1", "-k", "1", "--method", "optcouple")
    for engine in ENGINES:
        found = document(shell(*asked, "--engine", engine, "--json"))
        assert (found["status"], found["proven"], found["designs"]) == ("infeasible", True, [])


def test_the_potential_is_told_with_every_method(shell) -> None:
    ran = shell(*BASE, "-k", "2", "--method", "robustknock", "--json")
    # {to_i, make_w}: 10, and no growth without p.
    assert document(ran)["designs"][0]["coupling_potential"] == pytest.approx(10.0)
    told = shell(*BASE, "-k", "2", "--method", "optcouple").err
    assert "objective 12 1/h" in told
    assert "potential" in told


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--objective", "yield", "--substrate", "EX_s_e"), "credits growth"),
        (("--engine", "milp", "--formulation", "kkt"), "complementarity"),
    ],
)
def test_what_optcouple_cannot_do_is_refused(shell, options, word) -> None:
    ran = shell(*BASE, "-k", "1", "--method", "optcouple", *options)
    assert ran.code == 2
    assert word in ran.err


def test_alpha_counts_states_below_the_optimum(shell) -> None:
    # {full}, alpha 0.9: growth 10.8 of 12 by x of partial (1.2 x, 0.3 p) and 10 - x of redox (1 x, no p):
    # 1.2 x + 10 - x = 10.8 gives x = 4, p = 1.2.
    found = document(shell(*BASE, "--method", "pessimistic", "--alpha", "0.9", "-k", "1", "--json"))
    assert found["objective"] == pytest.approx(1.2, rel=1e-6)


def test_json_has_the_contracts_keys(shell) -> None:
    found = document(shell(*BASE, "-k", "1", "--json"))
    assert set(found) >= {
        "schema_version", "command", "status", "proven", "objective", "bound", "gap", "stop_reason", "seconds", "model",
        "scenario", "options", "wild_type", "target", "funnel", "engine", "designs", "provenance",
    }  # fmt: skip
    assert found["command"] == "design"
    assert set(found["options"]) >= {
        "method", "max_knockouts", "min_growth", "level", "candidates", "exclude", "filters", "objective", "substrate",
        "alpha", "ties", "engine", "solver", "threads", "seed", "designs", "within", "time_limit", "certify",
    }  # fmt: skip
    assert found["wild_type"]["growth"] == pytest.approx(20.0)
    assert found["provenance"]["seed"] == 0


def test_guarantee_beside_promise(shell) -> None:
    text = shell(*BASE, "--method", "optknock", "-k", "1").err
    assert "guaranteed" in text
    assert "promised" in text
    # {to_i}: 0 guaranteed, 10 promised (models/README.md).
    row = next(line for line in text.splitlines() if "to_i" in line)
    assert row.split()[3:5] == ["0", "10"]
    assert "pGCP" in row


def test_nothing_on_stdout_and_nothing_written_by_default(shell, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = shell(*BASE, "-k", "1")
    assert ran.code == 0
    assert ran.out == ""
    assert "nothing was written" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_files(shell, tmp_path) -> None:
    folder = tmp_path / "new" / "run"
    ran = shell(*BASE, "-k", "2", "--out", str(folder))
    assert ran.code == 0
    assert ran.out == ""
    assert {path.name for path in folder.iterdir()} >= FILES
    designs = rows(folder / "designs.tsv")
    assert designs[0]["interventions"] == "make_w;to_i"
    assert float(designs[0]["product_min"]) == pytest.approx(10.0)
    fluxes = rows(folder / "fluxes.tsv")
    assert {row["design"] for row in fluxes} == {"0", "1"}
    produced = next(row for row in fluxes if row["design"] == "1" and row["reaction"] == "EX_p_e")
    assert [float(produced[name]) for name in ("pfba", "fva_min", "fva_max")] == pytest.approx([10.0, 10.0, 10.0])
    funnel = rows(folder / "funnel.tsv")
    assert funnel[0] == {"filter": "all", "removed": "0", "left": "10"}
    assert json.loads((folder / "result.json").read_text())["designs"][0]["n_interventions"] == 2
    assert "verification" in (folder / "run.log").read_text()


def test_same_input_same_bytes(shell, tmp_path) -> None:
    for name in ("a", "b"):
        shell("design", "textbook", "--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "-k", "2",
              "--out", str(tmp_path / name))  # fmt: skip
    for name in ("designs.tsv", "fluxes.tsv", "funnel.tsv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_no_design_is_exit_4_with_a_result(shell, tmp_path) -> None:
    # Robustknock with one knockout of isozymes gives 0 (models/README.md): no design exists.
    ran = shell("design", "isozymes", "--target", "EX_p_e", "-k", "1", "--min-growth", "1", "--out", str(tmp_path))
    assert ran.code == 4
    found = json.loads((tmp_path / "result.json").read_text())
    assert (found["status"], found["proven"], found["designs"]) == ("infeasible", True, [])
    assert "no design" in ran.err


def test_gene_level(shell) -> None:
    found = document(
        shell("design", "isozymes", "--target", "EX_p_e", "-k", "2", "--min-growth", "1", "--level", "gene", "--json")
    )
    design = found["designs"][0]
    assert (design["interventions"], design["objective"]) == (["g1", "g2"], pytest.approx(10.0))
    assert design["reactions"] == ["bypass", "fast"]
    assert found["options"]["level"] == "gene"


@pytest.mark.parametrize("engine", ["benders", "milp", "enumerate"])
def test_engines_agree(shell, engine) -> None:
    found = document(shell(*BASE, "-k", "2", "--engine", engine, "--json"))
    assert found["engine"]["name"] == engine
    assert found["objective"] == pytest.approx(10.0, rel=1e-6)


@pytest.mark.parametrize("formulation", ["strong-duality", "kkt"])
@pytest.mark.parametrize("solver", ["highs", "glpk"])
def test_formulations_and_solvers(shell, formulation, solver) -> None:
    ran = shell(*BASE, "-k", "2", "--engine", "milp", "--formulation", formulation, "--solver", solver, "--json")
    found = document(ran)
    assert found["engine"]["solver"] == solver
    assert found["options"]["formulation"] == formulation
    assert found["objective"] == pytest.approx(10.0, rel=1e-6)


class TestOptionsTakeEffect:
    """One visible change for each option that was not tested above."""

    def test_candidates_and_exclude(self, shell, tmp_path) -> None:
        listed = tmp_path / "list.txt"
        listed.write_text("# wanted\nfull\nto_i\n")
        found = document(shell(*BASE, "-k", "2", "--candidates", f"@{listed}", "--json"))
        assert found["objective"] == pytest.approx(3.0)
        assert found["options"]["filters"] == "essential,blocked"
        found = document(shell(*BASE, "-k", "2", "--exclude", "to_*,make_w", "--json"))
        assert found["objective"] == pytest.approx(3.0)

    def test_filters(self, shell) -> None:
        found = document(shell(*BASE, "-k", "1", "--filters", "none", "--json"))
        assert [step["filter"] for step in found["funnel"]][:4] == ["all", "target", "biomass", "forced"]
        assert "exchange" not in [step["filter"] for step in found["funnel"]]

    def test_knockouts_hold_in_the_wild_type(self, shell) -> None:
        # Without `full` the wild type has growth 12 and makes 3 (models/README.md).
        found = document(shell(*BASE, "-k", "1", "--knockouts", "full", "--json"))
        assert found["wild_type"]["growth"] == pytest.approx(12.0)
        assert found["scenario"]["knockouts"] == ["full"]

    def test_bounds(self, shell) -> None:
        # Half the substrate: half of everything.
        found = document(shell(*BASE, "-k", "2", "--bounds", "EX_s_e=-5:", "--json"))
        assert found["objective"] == pytest.approx(5.0)
        assert found["scenario"]["bounds"] == {"EX_s_e": [-5.0, None]}

    def test_medium(self, shell, tmp_path) -> None:
        table = tmp_path / "medium.tsv"
        table.write_text("exchange\tmax_uptake\nEX_s_e\t4\n")
        found = document(shell(*BASE, "-k", "2", "--medium", str(table), "--json"))
        assert found["objective"] == pytest.approx(4.0)
        assert found["scenario"]["medium"] == {"EX_s_e": 4.0}

    def test_biomass(self, shell) -> None:
        found = document(shell(*BASE, "-k", "1", "--biomass", "growth", "--json"))
        assert found["scenario"]["biomass"] == "growth"

    def test_min_growth(self, shell) -> None:
        # {to_i, make_w} grows at 10, {full} at 12: of the wild type's 20 that is 50 and 60 %.
        found = document(
            shell("design", "two_routes", "--target", "EX_p_e", "-k", "2", "--min-growth", "55%", "--json")
        )
        assert found["objective"] == pytest.approx(3.0)
        assert found["options"]["min_growth_absolute"] == pytest.approx(11.0)

    def test_yield(self, shell) -> None:
        found = document(shell(*BASE, "-k", "2", "--objective", "yield", "--substrate", "EX_s_e", "--json"))
        assert found["objective"] == pytest.approx(1.0)

    def test_designs_and_within(self, shell) -> None:
        one = document(shell(*BASE, "-k", "2", "--json"))
        several = document(shell(*BASE, "-k", "2", "--designs", "5", "--within", "1", "--json"))
        assert len(one["designs"]) == 1
        assert len(several["designs"]) > 1
        assert [design["rank"] for design in several["designs"]] == list(range(1, len(several["designs"]) + 1))
        near = document(shell(*BASE, "-k", "2", "--designs", "5", "--within", "0.1", "--json"))
        assert all(design["objective"] >= 9.0 - 1e-6 for design in near["designs"])

    def test_certify(self, shell) -> None:
        found = document(shell(*BASE, "-k", "1", "--certify", "exact", "--json"))
        assert found["options"]["certify"] == "exact"
        assert found["designs"][0]["verified"] is True

    def test_seed(self, shell) -> None:
        assert document(shell(*BASE, "-k", "1", "--seed", "7", "--json"))["provenance"]["seed"] == 7

    @pytest.mark.parametrize("name", HELPERS_NEED)
    def test_what_further_processes_have_imported_is_there(self, name) -> None:
        assert importlib.import_module(name)

    def test_threads(self, shell, tmp_path) -> None:
        shell(*BASE, "-k", "1", "--out", str(tmp_path / "one"))
        shell(*BASE, "-k", "1", "--threads", "2", "--out", str(tmp_path / "two"))
        fluxes = [(tmp_path / name / "fluxes.tsv").read_bytes() for name in ("one", "two")]
        assert fluxes[0] == fluxes[1]

    def test_verbose(self, shell) -> None:
        assert "reduced" in shell(*BASE, "-k", "1", "-v").err
        assert "reduced" not in shell(*BASE, "-k", "1").err

    def test_missing_bounds_and_gpr(self, shell, tmp_path) -> None:
        files = Path(__file__).resolve().parents[1] / "bad_input" / "files"
        assert shell("fba", str(files / "bounds_missing.xml")).code == 3
        assert (
            "without flux bounds"
            not in shell("fba", str(files / "bounds_missing.xml"), "--missing-bounds", "default").err
        )
        assert shell("fba", str(files / "rule.json")).code == 3
        assert "gene-rule-skipped" in shell("inspect", str(files / "rule.json"), "--gpr", "skip").err


def test_dry_run_searches_and_writes_nothing(shell, tmp_path) -> None:
    folder = tmp_path / "out"
    ran = shell(*BASE, "-k", "2", "--out", str(folder), "--dry-run")
    assert ran.code == 0
    assert ran.out == ""
    assert not folder.exists()
    # Six reactions with genes; redox lets two routes live, so 6 candidates give 1 + 6 + 15 sets.
    assert "candidates" in ran.err
    assert "nothing was searched" in ran.err
