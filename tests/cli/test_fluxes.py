"""`fba`, `pfba`, `fva`, `envelope` at the shell."""

from __future__ import annotations

import json

import pytest


def table(text: str) -> list[dict[str, str]]:
    lines = [line.split("\t") for line in text.rstrip("\n").split("\n")]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


@pytest.mark.parametrize(
    ("command", "columns"),
    [
        (("fba",), "reaction\tflux\treduced_cost\tlower\tupper"),
        (("pfba",), "reaction\tflux\tlower\tupper"),
        (("fva",), "reaction\tfva_min\tfva_max\tlower\tupper"),
        (("envelope", "--target", "EX_p_e"), "growth\tproduct_min\tproduct_max"),
    ],
)
def test_columns_and_every_way_out(shell, tmp_path, command, columns) -> None:
    name, *rest = command
    ran = shell(name, "two_routes", *rest, "-o", "-")
    assert ran.code == 0
    assert ran.out.splitlines()[0] == columns
    file = tmp_path / "t.tsv"
    assert shell(name, "two_routes", *rest, "-o", str(file)).out == ""
    assert file.read_text() == ran.out
    folder = tmp_path / "out"
    shell(name, "two_routes", *rest, "--out", str(folder))
    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert set(written) == {"result.json", {"fva": "fva.tsv", "envelope": "envelope.tsv"}.get(name, "fluxes.tsv")}
    assert ran.out in written.values()
    document = json.loads(shell(name, "two_routes", *rest, "--json").out)
    assert document["command"] == name
    assert [list(row) for row in document["rows"]] == [columns.split("\t")] * len(document["rows"])


def test_fba_growth_of_textbook(shell) -> None:
    # R5: growth 0.8739, cobrapy's own test of the model `textbook`.
    document = json.loads(shell("fba", "textbook", "--json").out)
    assert document["growth"] == pytest.approx(0.8739, abs=5e-5)
    fluxes = {row["reaction"]: row["flux"] for row in document["rows"]}
    assert fluxes["Biomass_Ecoli_core"] == pytest.approx(document["growth"])


def test_pfba_total_flux_of_textbook(shell) -> None:
    # R5: total flux 518.4221.
    document = json.loads(shell("pfba", "textbook", "--json").out)
    assert document["sum_abs_flux"] == pytest.approx(518.4221, rel=1e-6)
    assert sum(abs(row["flux"]) for row in document["rows"]) == pytest.approx(518.4221, rel=1e-6)


def test_fva_of_some_reactions(shell) -> None:
    ran = shell("fva", "textbook", "--reactions", "EX_a*,PGI", "--solver", "highs", "-o", "-")
    some = {row["reaction"]: row for row in table(ran.out)}
    assert set(some) == {"PGI", "EX_ac_e", "EX_acald_e", "EX_akg_e"}
    everything = {row["reaction"]: row for row in table(shell("fva", "textbook", "-o", "-").out)}
    assert len(everything) == 95
    for name, row in some.items():
        for side in ("fva_min", "fva_max"):
            assert float(row[side]) == pytest.approx(float(everything[name][side]), rel=1e-6, abs=1e-6)


def test_fraction_widens_ranges(shell) -> None:
    wide = {row["reaction"]: row for row in table(shell("fva", "two_routes", "--fraction", "0.5", "-o", "-").out)}
    tight = {row["reaction"]: row for row in table(shell("fva", "two_routes", "--threads", "2", "-o", "-").out)}
    # At growth 20 all substrate takes `full`, and no p is made. At half of it 5 s suffice for `full`, and the other
    # 5 s take `redox`, which gives growth 1 and one r (p at most) each: more growth than needed. `redox` alone gives
    # growth 10 and 10 p.
    assert [float(tight["EX_p_e"][side]) for side in ("fva_min", "fva_max")] == pytest.approx([0.0, 0.0])
    assert [float(wide["EX_p_e"][side]) for side in ("fva_min", "fva_max")] == pytest.approx([0.0, 10.0])


def test_envelope_vertices(shell) -> None:
    # two_routes: `redox` gives one p per growth, up to 10 and 10; from there a line down to growth 20 (`full` alone),
    # no p, which `partial` (1.2, 0.3) stays below: at growth 12 the line gives 8 p, `partial` 3. p need never be made.
    rows = table(shell("envelope", "two_routes", "--target", "EX_p_e", "-o", "-").out)
    vertices = [[float(row[name]) for name in ("growth", "product_min", "product_max")] for row in rows]
    assert vertices == [pytest.approx(row, abs=1e-6) for row in ([0, 0, 0], [10, 0, 10], [20, 0, 0])]


def test_knockouts(shell) -> None:
    # models/README.md: {full} grows at 12 and makes 3; at gene level g1 and g2 of isozymes give growth 10.
    reaction = json.loads(shell("fba", "two_routes", "--knockouts", "full", "--json").out)
    assert reaction["growth"] == pytest.approx(12.0)
    gene = json.loads(shell("pfba", "isozymes", "--level", "gene", "--knockouts", "g1,g2", "--json").out)
    assert gene["growth"] == pytest.approx(10.0)


def test_human_view_is_on_stderr(shell) -> None:
    ran = shell("pfba", "textbook")
    assert ran.out == ""
    assert "EX_glc__D_e" in ran.err
    assert "PGI" not in ran.err
    assert "growth 0.873922" in ran.err
    assert "nothing was written" in ran.err


def test_the_view_of_ranges_has_what_may_flow(shell) -> None:
    # At half the growth p may be made or not: 0 to 10, derived above.
    text = shell("fva", "two_routes", "--fraction", "0.5").err
    row = next(line.split() for line in text.splitlines() if "EX_p_e" in line)
    assert [float(cell) for cell in row[1:3]] == pytest.approx([0.0, 10.0])
