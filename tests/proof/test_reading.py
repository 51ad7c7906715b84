"""Files from anybody: what is no proof is refused as such, with its line; nothing is taken for what it is not."""

from __future__ import annotations

import gzip
import json

import pytest

from strainopt.errors import InputError
from strainopt.proof.reading import read_proof, read_question
from tests.proof.making import options, proof_of, tampered, textbook, write


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return proof_of(options(max_knockouts=1, bounds={"EX_o2_e": (0.0, None)}))


def refusal(content: str | bytes, tmp_path, name: str = "proof.jsonl") -> InputError:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        read_proof(path, textbook().network)
    return caught.value


def replaced(lines, field, value) -> str:
    return "".join(tampered(lines, lambda records: records[0].__setitem__(field, value)))


def test_read_as_written(lines, tmp_path):
    plain = write(lines, tmp_path / "proof.jsonl")
    packed = tmp_path / "proof.jsonl.gz"
    packed.write_bytes(gzip.compress("".join(lines).encode()))
    one, two = (read_proof(path, textbook().network) for path in (plain, packed))
    assert one.flaw == two.flaw == ""
    assert len(one.witnesses) == len(two.witnesses) == sum('"witness"' in line for line in lines)
    assert read_question(plain).target == "EX_succ_e"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format", "else", "no proof"),
        ("version", 1, "version"),
        ("method", "pfba", "no proof can be about"),
        ("level", 3, "should be text"),
        ("alpha", 0.0, "out of range"),
        ("min_growth", -1, "out of range"),
        ("beta", "9", "should be a number"),
        ("beta", True, "should be a number"),
        ("budget", 1e9, "out of range"),
        ("candidates", ["PGI", "PGI"], "twice"),
        ("candidates", ["NONE"], "no 'NONE' in the model"),
        ("candidates", "PGI", "list of ids"),
        ("target", "NONE", "no 'NONE' in the model"),
        ("costs", {"PGI": 0.0}, "out of range"),
        ("bounds", {"PGI": [1.0]}, "two numbers"),
        ("bounds", {"PGI": [2.0, 1.0]}, "contradict"),
        ("gpr", "lenient", "no proof can be about"),
        ("extra", 1, "no field"),
    ],
)
def test_first_lines_that_are_none(lines, tmp_path, field, value, said):
    error = refusal(replaced(lines, field, value), tmp_path)
    assert said in str(error)
    assert error.where.endswith("proof.jsonl:1")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"kind":"witness","flux":{"NONE":1}}', "no reaction 'NONE'"),
        ('{"kind":"witness","flux":{"PGI":NaN}}', "NaN is no number"),
        ('{"kind":"witness","flux":{"PGI":-Infinity}}', "no number"),
        ('{"kind":"witness","flux":{"PGI":1e999}}', "too large"),
        ('{"kind":"witness","flux":{"PGI":' + "9" * 400 + "}}", "too large"),
        ('{"kind":"witness","flux":{"PGI":' + "9" * 9000 + "}}", "not JSON"),
        ('{"kind":"witness","flux":{"PGI":1,"PGI":2}}', "twice"),
        ('{"kind":"witness","flux":[1]}', "should be an object"),
        ('{"kind":"witness"}', "'flux' is missing"),
        ('{"kind":"witness","flux":{},"more":1}', "no field"),
        ('{"kind":"inequality","growth":1,"product":0,"prices":{"NONE":1}}', "no metabolite 'NONE'"),
        ('{"kind":"inequality","growth":0,"product":0,"prices":{}}', "both zero"),
        ('{"kind":"other"}', "no record is of kind"),
        ('{"kind":3}', "should be text"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ("{", "not JSON"),
        ("\udc80", "not JSON"),
    ],
)
def test_lines_that_are_none(lines, tmp_path, line, said):
    content = "".join([lines[0], line + "\n", *lines[1:]]).encode("utf-8", "surrogateescape")
    error = refusal(content, tmp_path)
    assert said in str(error)
    assert "proof.jsonl:2" in error.where


def test_cut_off(lines, tmp_path):
    assert "cut off" in str(refusal("".join(lines[:-1]), tmp_path))
    assert "has no end" in str(refusal("".join(lines)[:-30], tmp_path))
    assert "empty" in str(refusal("", tmp_path))
    packed = gzip.compress("".join(lines).encode())
    assert "cannot be read on" in str(refusal(packed[: len(packed) // 2], tmp_path, "proof.gz"))
    assert "cannot be read on" in str(refusal(b"plain text\n", tmp_path, "proof.gz"))
    assert "after the end" in str(refusal("".join([*lines, lines[-1]]), tmp_path))


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="cannot be opened"):
        read_question(tmp_path / "missing")
    with pytest.raises(InputError, match="cannot be opened"):
        read_question(tmp_path)


def test_the_seal_shows_what_was_changed(lines, tmp_path):
    record = json.loads(lines[1])
    record["flux"] = {name: value * 1.0000000001 for name, value in record["flux"].items()}
    path = write([lines[0], json.dumps(record) + "\n", *lines[2:]], tmp_path / "proof.jsonl")
    assert "sha256" in read_proof(path, textbook().network).flaw
