"""`strainopt inspect`."""

from __future__ import annotations

import json

import pytest


def test_textbook(shell) -> None:
    found = json.loads(shell("inspect", "textbook", "--target", "EX_succ_e", "--json").out)
    # models/INDEX and cobra: 95 reactions, 72 metabolites, 137 genes, 69 rules, growth 0.873922.
    assert [found["model"][name] for name in ("reactions", "metabolites", "genes")] == [95, 72, 137]
    assert found["model"]["reactions_with_rules"] == 69
    assert found["growth"] == pytest.approx(0.873922, abs=5e-7)
    assert found["objective"] == {"Biomass_Ecoli_core": 1.0}
    assert found["medium"]["EX_glc__D_e"] == 10.0
    assert found["funnel"][0] == {"filter": "all", "removed": 0, "left": 95}
    assert "flux-forced" in [item["code"] for item in found["findings"]]
    assert found["target"]["theoretical_max"] > 10.0


def test_human_view(shell) -> None:
    ran = shell("inspect", "textbook")
    assert (ran.code, ran.out) == (0, "")
    for part in ("95 reactions", "0.873922", "EX_glc__D_e 10", "essential", "ATPM"):
        assert part in ran.err


def test_options_narrow_the_candidates(shell) -> None:
    def left(*options: str) -> int:
        found = json.loads(shell("inspect", "textbook", *options, "--json").out)
        return int(found["funnel"][-1]["left"])

    base = left()
    assert left("--filters", "exchange") > base
    assert left("--exclude", "P*") < base
    assert left("--candidates", "PGI,PFL") == 2
    assert left("--min-growth", "90%") < base
    assert left("--level", "gene") != base
    assert left("--knockouts", "PGI") < base


def test_everything_is_shown_even_of_a_model_that_cannot_be_used(shell) -> None:
    # `mini` has two terms in its objective, and cobra too finds it infeasible: its lactate exchange has no transport.
    ran = shell("inspect", "mini", "--json")
    found = json.loads(ran.out)
    assert ran.code == 3
    assert len(found["objective"]) == 2
    assert found["growth"] is None
    assert {"objective-several", "state-none"} <= {item["code"] for item in found["findings"]}


@pytest.mark.parametrize(
    ("arguments", "code", "finding"),
    [
        # maintenance forces ATPM, which nothing can feed without substrate.
        (("maintenance", "--bounds", "EX_s_e=0:0"), 3, "state-none"),
        (("two_routes", "--bounds", "EX_s_e=0:0"), 0, "growth-none"),
        (("two_routes", "--target", "EX_p_e", "--bounds", "EX_p_e=0:0"), 0, "target-none"),
        (("two_routes", "--bounds", "EX_s_e=-inf:", "--bounds", "to_i=:inf", "--bounds", "full=:inf",
          "--bounds", "growth=:inf"), 3, "growth-unlimited"),
    ],
)  # fmt: skip
def test_what_only_a_program_can_tell(shell, arguments, code, finding) -> None:
    ran = shell("inspect", *arguments, "--json")
    assert ran.code == code
    assert finding in [item["code"] for item in json.loads(ran.out)["findings"]]


def test_findings_made_here_are_documented() -> None:
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "findings.md").read_text(encoding="utf-8")
    for code in ("state-none", "growth-unlimited", "growth-none", "target-none"):
        assert f"`{code}`" in page
