"""The configuration that `strainopt config init` writes: complete, runs as it is in under a minute."""

from __future__ import annotations

from typing import Final

__all__ = ["STARTER"]

STARTER: Final = """\
# strainopt configuration; every key is explained in docs/config.md.
#   strainopt config check THIS_FILE     everything that is wrong with it, at once
#   strainopt run THIS_FILE              do it here
#   strainopt batch submit THIS_FILE     print the script of an array job; --submit hands it in
# Paths start from this file's folder.
version: 1

# Options of `strainopt design`, with underscores; these hold for every task.
defaults:
  target: EX_succ_e
  min_growth: 10%
  max_knockouts: 2
  time_limit: 10m

models:
  core: textbook                # a packaged model; or a path such as models/iML1515.xml.gz

media:
  aerobic: {bounds: {EX_o2_e: [-1000, null]}}
  anaerobic: {bounds: {EX_o2_e: [0, null]}}       # null keeps a side
  # a table with the columns exchange and max_uptake closes whatever it does not list:
  # m9: {file: m9.tsv}

# The product of all lists.
matrix:
  model: [core]
  medium: [anaerobic]
  method: [optknock, robustknock]
  max_knockouts: [1, 2]
  # exclude: [{method: optknock, max_knockouts: 1}]

# Single runs beside the matrix; each has a name of its own.
runs:
  - name: lactate
    model: core
    medium: anaerobic
    target: EX_lac__D_e

cluster:
  scheduler: slurm              # slurm, sge, pbs or lsf
  time: 1h                      # per array index
  memory: 2G
  # partition: short
  # account: my-group
  # prologue: [module load python]

outputs:
  dir: results
  formats: [tsv, json]          # csv and parquet too
"""
