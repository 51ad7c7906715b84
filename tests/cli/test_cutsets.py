"""`strainopt cutsets`; the counts themselves are tested in tests/design/test_cutsets.py."""

from __future__ import annotations

import json

GROWTH = "Biomass_Ecoli_core >= 0.001"


def test_document_and_table(shell, tmp_path) -> None:
    ran = shell("cutsets", "textbook", "--suppress", GROWTH, "-k", "1", "--json", "--out", str(tmp_path / "run"))
    assert ran.code == 0
    document = json.loads(ran.out)
    assert document["proven"]
    assert document["count"] == len(document["designs"]) == sum(document["by_size"].values())
    assert document["complete_up_to"] == 1
    events = document["engine"]["statistics"]
    assert {"dropped_witnesses", "retried_verdicts", "verdicts_by_other_solver"} <= set(events)
    lines = (tmp_path / "run" / "designs.tsv").read_text().splitlines()
    assert lines[0] == "rank\tn_interventions\tinterventions"
    assert [line.split("\t")[2] for line in lines[1:]] == [one["interventions"][0] for one in document["designs"]]


def test_each_option_takes_effect(shell) -> None:
    def count(*options: str) -> int:
        return json.loads(shell("cutsets", "textbook", "--suppress", GROWTH, "-k", "1", "--json", *options).out)[
            "count"
        ]

    plain = count()
    assert count("--filters", "none") > plain
    assert count("--candidates", "ENO,PGK") == 2
    assert count("--exclude", "ENO") == plain - 1
    assert count("--level", "gene") == 7
    assert count("--candidates", "ENO,CS", "--protect", "ENO >= 1") == 1
    assert count("--bounds", "EX_o2_e=0:") > plain
    assert count("--solver", "highs") == plain


def test_none_exists(shell) -> None:
    ran = shell("cutsets", "textbook", "--suppress", "EX_co2_e >= 1", "-k", "1", "--candidates", "ALCD2x", "--json")
    assert ran.code == 4
    assert json.loads(ran.out)["status"] == "infeasible"


def test_a_mistake_is_explained(shell) -> None:
    ran = shell("cutsets", "textbook", "--suppress", "Biomass_Ecoli_cor >= 1")
    assert ran.code == 2
    assert "did you mean Biomass_Ecoli_core" in ran.err
    ran = shell("cutsets", "textbook", "--suppress", "Biomass_Ecoli_core > 1")
    assert ran.code == 2
    assert "no inequality" in ran.err


def test_a_limit_keeps_what_was_found(shell) -> None:
    ran = shell("cutsets", "iJO1366", "--suppress", "BIOMASS_Ec_iJO1366_core_53p95M >= 0.01", "-k", "3", "--json",
                "--time-limit", "3s")  # fmt: skip
    assert ran.code in (5, 6)
    document = json.loads(ran.out)
    assert not document["proven"]
    assert document["status"] == "time_limit"
