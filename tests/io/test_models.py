"""Reading models: formats, ids, names, and what becomes a finding."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from strainopt.errors import InputError, ModelError
from strainopt.io.models import LoadedModel, MissingBounds, RuleMode, packaged_models, read_model
from strainopt.network.network import Network

SBML = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"
  xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2" fbc:required="false">
<model id="m" fbc:strict="true">
<listOfSpecies>{species}</listOfSpecies>
<listOfParameters>
<parameter id="low" value="-10" constant="true"/><parameter id="high" value="1000" constant="true"/>
<parameter id="minf" value="-INF" constant="true"/><parameter id="inf" value="INF" constant="true"/>
</listOfParameters>
<listOfReactions>{reactions}</listOfReactions>
{rest}
</model></sbml>"""


def species(*names: str, extra: str = "") -> str:
    return "".join(f'<species id="{name}" compartment="c" {extra}/>' for name in names)


def reaction(name: str, body: str = "", *, limits: str = 'fbc:lowerFluxBound="low" fbc:upperFluxBound="high"') -> str:
    return f'<reaction id="{name}" reversible="true" {limits}>{body}</reaction>'


def reactants(**terms: float) -> str:
    refs = "".join(f'<speciesReference species="{k}" stoichiometry="{v}"/>' for k, v in terms.items())
    return f"<listOfReactants>{refs}</listOfReactants>"


def rule(inner: str) -> str:
    return f"<fbc:geneProductAssociation>{inner}</fbc:geneProductAssociation>"


def gene(name: str) -> str:
    return f'<fbc:geneProductRef fbc:geneProduct="{name}"/>'


@pytest.fixture
def load(tmp_path: Path):
    def run(*, name: str = "model.xml", text: str | bytes = "", **parts: str) -> LoadedModel:
        options = {key: parts.pop(key) for key in ("missing_bounds", "gpr") if key in parts}
        filled = {"species": species("M_a"), "reactions": reaction("R_x", reactants(M_a=1)), "rest": "", **parts}
        content = text or SBML.format(**filled)
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_model(path, **options)

    return run


def codes(model: LoadedModel) -> dict[str, int]:
    return {item.code: item.count for item in model.findings}


def same(one: Network, two: Network) -> bool:
    return (
        (one.reaction_ids, one.metabolite_ids, one.rules) == (two.reaction_ids, two.metabolite_ids, two.rules)
        and set(one.gene_ids) == set(two.gene_ids)
        and not (one.stoichiometry != two.stoichiometry).nnz
        and all(np.array_equal(getattr(one, key), getattr(two, key)) for key in ("lower", "upper", "objective"))
    )


def test_packaged_names() -> None:
    assert {"textbook", "iJO1366", "salmonella", "mini", "two_routes", "isozymes"} <= set(packaged_models())
    loaded = read_model("textbook")
    assert loaded.source == "textbook"
    assert loaded.sha256 == hashlib.sha256(packaged_models()["textbook"].read_bytes()).hexdigest()
    # Sizes as cobra's documentation gives them for this model.
    assert loaded.network.shape == (72, 95)
    assert len(loaded.network.gene_ids) == 137
    assert loaded.findings == ()


def test_an_existing_file_wins_over_a_packaged_name(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mini").mkdir()
    assert read_model("mini").network.id == "mini_textbook"
    Path("textbook").write_bytes(b"not a model")
    with pytest.raises(InputError, match="no suffix of a model format"):
        read_model("textbook")


def test_one_model_in_every_format_is_one_network() -> None:
    folder = packaged_models()["textbook"].parent
    networks = [read_model(folder / name).network for name in ("mini_cobra.xml", "mini.json", "mini.mat", "mini.yml")]
    assert all(same(networks[0], other) for other in networks[1:])
    assert all(networks[0].gene_ids == other.gene_ids for other in networks[1:])


@pytest.mark.parametrize("suffix", [".xml.gz", ".json.gz", ".mat.gz", ".yml.gz", ".yaml", ".sbml", ".XML"])
def test_suffixes(tmp_path: Path, suffix: str) -> None:
    folder = packaged_models()["textbook"].parent
    kind = suffix.lower().replace(".gz", "").replace("yaml", "yml").replace("sbml", "xml")
    data = (folder / ("mini_cobra.xml" if kind == ".xml" else f"mini{kind}")).read_bytes()
    path = tmp_path / f"model{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    plain = tmp_path / f"plain{kind}"
    plain.write_bytes(data)
    assert same(read_model(path).network, read_model(plain).network)


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("G_b0001", "b0001"),
        ("b0001", "b0001"),
        ("G_2645__46__10", "2645.10"),
        ("G_2645__SBML_DOT__10", "2645.10"),
        ("G_HGNC__58__1234", "HGNC:1234"),
        ("G_a__45__b", "a-b"),
        ("G_gene__32__1", "gene 1"),
        ("G_G_x", "G_x"),
        ("G_", "G_"),
    ],
)
def test_gene_ids(load, raw: str, plain: str) -> None:
    genes = f'<fbc:listOfGeneProducts><fbc:geneProduct fbc:id="{raw}" fbc:label="other"/></fbc:listOfGeneProducts>'
    network = load(reactions=reaction("R_10FTHFtpp", reactants(M_a=1) + rule(gene(raw))), rest=genes).network
    assert network.gene_ids == (plain,)
    assert network.rules[0].genes() == {plain}
    assert network.reaction_ids == ("10FTHFtpp",)


def test_prefixes_stay_where_dropping_them_would_make_two_ids_equal(load) -> None:
    network = load(
        species=species("M_a", "a", "M_b"), reactions=reaction("R_x", reactants(M_a=1)) + reaction("x", reactants(a=1))
    ).network
    assert network.metabolite_ids == ("M_a", "a", "b")
    assert network.reaction_ids == ("R_x", "x")


def test_rules_nest_as_written_and_deeply(load) -> None:
    depth = 3000
    inner = gene("G_z")
    for level in range(depth):
        kind = ("and", "or")[level % 2]
        inner = f"<fbc:{kind}>{inner}{gene(f'G_g{level}')}</fbc:{kind}>"
    network = load(reactions=reaction("R_x", reactants(M_a=1) + rule(inner))).network
    # The outermost group is 'or' (level 2999): its own gene is enough.
    everything = frozenset(network.gene_ids)
    assert len(everything) == depth + 1
    assert network.rules[0].holds_without(everything - {"g2999"})
    assert not network.rules[0].holds_without(everything)


def test_infinite_and_huge_bounds_are_none(load) -> None:
    network = load(
        reactions=reaction("R_x", reactants(M_a=1), limits='fbc:lowerFluxBound="minf" fbc:upperFluxBound="inf"')
    ).network
    assert (network.lower[0], network.upper[0]) == (-np.inf, np.inf)


def test_coefficients_on_both_sides_add_up(load) -> None:
    both = reactants(M_a=3) + '<listOfProducts><speciesReference species="M_a" stoichiometry="1"/></listOfProducts>'
    assert load(reactions=reaction("R_x", both)).network.stoichiometry.toarray().tolist() == [[-2.0]]
    gone = reactants(M_a=1) + '<listOfProducts><speciesReference species="M_a" stoichiometry="1"/></listOfProducts>'
    assert codes(load(reactions=reaction("R_x", gone)))["cancelled-terms"] == 1


def test_missing_bounds_stop_unless_accepted(load) -> None:
    half = reaction("R_y", reactants(M_a=1), limits='fbc:upperFluxBound="high"')
    none = reaction("R_z", reactants(M_a=1), limits="").replace('reversible="true"', 'reversible="false"')
    with pytest.raises(ModelError, match="2 reactions without flux bounds") as caught:
        load(reactions=half + none)
    assert "--missing-bounds default" in caught.value.hint
    assert "y (line" in caught.value.where
    model = load(reactions=half + none, missing_bounds=MissingBounds.DEFAULT)
    assert codes(model)["missing-bounds"] == 2
    assert model.network.lower.tolist() == [-1000.0, 0.0]
    assert model.network.upper.tolist() == [1000.0, 1000.0]


def test_unreadable_rules_stop_unless_skipped(load) -> None:
    record = {
        "id": "m",
        "metabolites": [{"id": "a"}],
        "genes": [{"id": "g1"}],
        "reactions": [
            {"id": "x", "metabolites": {"a": 1}, "lower_bound": 0, "upper_bound": 1, "gene_reaction_rule": "g1 and"},
            {"id": "y", "metabolites": {"a": 1}, "lower_bound": 0, "upper_bound": 1, "gene_reaction_rule": "g1 or new"},
        ],
    }
    with pytest.raises(InputError, match="gene rule") as caught:
        load(name="m.json", text=json.dumps(record))
    assert "x (reaction 1), character 7" in caught.value.where
    model = load(name="m.json", text=json.dumps(record), gpr=RuleMode.SKIP)
    assert codes(model) == {"gene-rule-skipped": 1, "gene-unlisted": 1, "objective-missing": 1}
    assert model.network.rules[0] is None
    assert model.network.gene_ids == ("g1", "new")


OBJECTIVES = (
    '<fbc:listOfObjectives fbc:activeObjective="{active}">'
    '<fbc:objective fbc:id="one" fbc:type="{kind}"><fbc:listOfFluxObjectives>'
    '<fbc:fluxObjective fbc:reaction="R_x" fbc:coefficient="2"/></fbc:listOfFluxObjectives></fbc:objective>'
    '<fbc:objective fbc:id="two" fbc:type="maximize"><fbc:listOfFluxObjectives>'
    '<fbc:fluxObjective fbc:reaction="R_y" fbc:coefficient="1"/></fbc:listOfFluxObjectives></fbc:objective>'
    "</fbc:listOfObjectives>"
)


def test_objectives(load) -> None:
    two = reaction("R_x", reactants(M_a=1)) + reaction("R_y", reactants(M_a=1))
    first = load(reactions=two, rest=OBJECTIVES.format(active="one", kind="maximize"))
    assert first.network.objective.tolist() == [2.0, 0.0]
    assert codes(first) == {"objective-alternatives": 2}
    second = load(reactions=two, rest=OBJECTIVES.format(active="two", kind="minimize"))
    assert second.network.objective.tolist() == [0.0, 1.0]
    turned = load(reactions=two, rest=OBJECTIVES.format(active="one", kind="minimize"))
    assert turned.network.objective.tolist() == [-2.0, 0.0]
    assert codes(turned)["objective-minimised"] == 1
    assert codes(load(reactions=two))["objective-missing"] == 1
    with pytest.raises(ModelError, match="active objective 'three'"):
        load(reactions=two, rest=OBJECTIVES.format(active="three", kind="minimize"))


def test_boundary_species_have_no_mass_balance(load) -> None:
    model = load(
        species=species("M_a") + species("M_b", extra='boundaryCondition="true"'),
        reactions=reaction("R_EX_a", reactants(M_a=1) + reactants(M_b=1).replace("Reactants", "Products")),
    )
    assert model.network.metabolite_ids == ("a",)
    assert model.network.boundary.tolist() == [True]
    assert codes(model)["boundary-metabolites"] == 1


LEVEL_2 = """<?xml version="1.0"?><sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4">
<model id="old"><listOfSpecies>
<species id="M_a" compartment="c"><notes><html:p xmlns:html="h">FORMULA: C6H12O6</html:p></notes></species>
</listOfSpecies><listOfReactions><reaction id="R_x">
<notes><body xmlns="x"><p>GENE_ASSOCIATION: (b0001 and
  G_s__45__1) or b2</p><p>SUBSYSTEM: none</p></body></notes>
<listOfReactants><speciesReference species="M_a"/></listOfReactants>
<kineticLaw><listOfParameters><parameter id="LOWER_BOUND" value="-5"/><parameter id="UPPER_BOUND" value="7"/>
<parameter id="OBJECTIVE_COEFFICIENT" value="1"/></listOfParameters></kineticLaw>
</reaction></listOfReactions></model></sbml>"""


def test_level_2_with_notes(load) -> None:
    model = load(text=LEVEL_2)
    network = model.network
    assert (network.lower[0], network.upper[0], network.objective[0]) == (-5.0, 7.0, 1.0)
    assert network.rules[0].to_text() == "(b0001 and s-1) or b2"
    assert network.metabolite_formulas == ("C6H12O6",)
    # Level 2 gives a missing stoichiometry the value one.
    assert network.stoichiometry.toarray().tolist() == [[-1.0]]
    assert codes(model) == {"sbml-legacy": 1, "rules-from-notes": 1}


def test_fbc_version_1(load) -> None:
    text = SBML.replace("fbc/version2", "fbc/version1").format(
        species=species("M_a"),
        reactions=reaction("R_x", reactants(M_a=1), limits=""),
        rest='<fbc:listOfFluxBounds><fbc:fluxBound fbc:reaction="R_x" fbc:operation="greaterEqual" fbc:value="-3"/>'
        '<fbc:fluxBound fbc:reaction="R_x" fbc:operation="lessEqual" fbc:value="4"/></fbc:listOfFluxBounds>',
    )
    model = load(text=text)
    assert (model.network.lower[0], model.network.upper[0]) == (-3.0, 4.0)
    assert codes(model)["sbml-legacy"] == 1


YAML = """
!!omap
- metabolites:
  - !!omap
    - id: NO
    - compartment: c
- reactions:
  - !!omap
    - id: 0010
    - metabolites: !!omap
      - NO: -1
    - lower_bound: -1e-6
    - upper_bound: .5
    - gene_reaction_rule: 2645.10 or 12:30:45
    - objective_coefficient: 1
- genes:
  - !!omap
    - id: 2645.10
  - !!omap
    - id: 12:30:45
- id: on
"""


def test_yaml_never_turns_ids_into_numbers_or_booleans(load) -> None:
    network = load(name="m.yml", text=YAML).network
    assert network.metabolite_ids == ("NO",)
    assert network.reaction_ids == ("0010",)
    assert network.gene_ids == ("2645.10", "12:30:45")
    assert network.id == "on"
    assert (network.lower[0], network.upper[0]) == (-1e-6, 0.5)


def test_nothing_is_printed_or_logged_and_cobra_is_not_imported() -> None:
    code = (
        "import sys, logging, warnings\n"
        "warnings.simplefilter('error')\n"
        "from strainopt.io.models import read_model\n"
        "[read_model(name) for name in ('textbook', 'mini', 'two_routes')]\n"
        "print('cobra' in sys.modules, 'libsbml' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=os.getcwd())
    assert done.stdout == "False False\n"
    assert done.stderr == ""


def test_mat_fields_that_would_change_the_answer_are_refused(tmp_path: Path) -> None:
    from scipy.io import savemat

    def cell(*texts: str) -> np.ndarray:
        return np.array([[text] for text in texts], dtype=object)

    good = {
        "rxns": cell("x", "y"),
        "mets": cell("a[c]", "b[e]"),
        "S": np.array([[-1.0, 1.0], [1.0, 0.0]]),
        "lb": np.array([[-5.0], [0.0]]),
        "ub": np.array([[5.0], [np.inf]]),
        "c": np.array([[1.0], [0.0]]),
        "genes": cell("g1", "g2"),
        "grRules": cell("(g1 & g2)", ""),
        "osenseStr": "min",
    }

    def read(**changes) -> LoadedModel:
        path = tmp_path / "m.mat"
        savemat(path, {"model": {**good, **changes}})
        return read_model(path)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = read(description="named")
    assert model.network.id == "named"
    assert model.network.objective.tolist() == [-1.0, 0.0]
    assert model.network.metabolite_compartments == ("c", "e")
    assert model.network.rules[0].to_text() == "g1 and g2"
    assert model.network.upper.tolist() == [5.0, np.inf]
    for changes, what in (
        ({"csense": "EL"}, "constraints beside"),
        ({"b": np.array([[1.0], [0.0]])}, "constraints beside"),
        ({"C": np.ones((1, 2))}, "constraints beside"),
        ({"lb": np.array([[0.0]])}, "'lb' has 1 entries instead of 2"),
        ({"S": np.eye(3)}, "'S' is 3 x 3"),
    ):
        with pytest.raises(ModelError, match=what):
            read(**changes)
    savemat(tmp_path / "m.mat", {"x": np.eye(2)})
    with pytest.raises(InputError, match="no model structure"):
        read_model(tmp_path / "m.mat")


def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "model.xml"
    path.write_text("x")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file")
    with pytest.raises(InputError, match="cannot be read"):
        read_model(path)


def test_logging_stays_quiet(caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        read_model("mini")
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
