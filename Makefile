# The four commands that people need are play, test, firmware and bench; `make help`.

PYTHON := .venv/bin/python

.PHONY: core

core:
	$(PYTHON) setup.py -q build_ext --inplace
