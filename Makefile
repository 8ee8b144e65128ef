# `make help` lists the targets. Nothing is needed but make and Python 3.11 to 3.14 with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# PIP_ARGS: more arguments for pip install, such as an index that has a CPU build of torch.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) -c constraints.txt
# PYTEST_ARGS: more arguments for pytest, such as -k resnet or -x.
PYTEST = $(BIN)/python -m pytest $(PYTEST_ARGS)
# WHEELS: wheels of torch for any platform, whose names `make versions` looks up.
# JOBS: test processes beside each other; the frameworks want some 3 GB each.
JOBS ?= 2
ASIDE = -n $(JOBS) --dist worksteal
# FROM, COUNT: the seeds of a long run; ranges add up in benchmarks/prove.
FROM ?= 0
COUNT ?= 20000
OWN = nndsl tests examples tools benchmarks
DEMO = examples/digits

.DEFAULT_GOAL := help
.PHONY: help demo venv test check format golden tables docs bench formats mutants bombs versions fuzz prove weights wheel clean

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: $(VENV)/.demo ## one network: its table, its code for both targets, trained on real data
	$(BIN)/nndsl params $(DEMO).nn
	$(BIN)/nndsl compile $(DEMO).nn --target keras -o demo-output/keras
	$(BIN)/nndsl compile $(DEMO).nn --target torch -o demo-output/torch
	$(BIN)/python demo-output/torch/train_digits.py --data examples/data/digits --epochs 8 --output demo-output/run
	@echo "The code is in demo-output/torch and demo-output/keras, the weights in demo-output/run."

venv: $(VENV)/.dev ## the virtual environment in .venv, with everything that tests and checks need

test: $(VENV)/.dev ## every test, on the real frameworks too: what CI runs
	$(PYTEST) $(ASIDE)

check: $(VENV)/.dev ## lint, format, types, import fences and the fast tests: under a minute
	$(BIN)/ruff check $(OWN)
	$(BIN)/ruff format --check $(OWN)
	$(BIN)/mypy
	$(PYTEST) -q $(ASIDE) -m 'not framework and not slow'

format: $(VENV)/.dev ## formats our own code
	$(BIN)/ruff check --fix --select I $(OWN)
	$(BIN)/ruff format $(OWN)

golden: $(VENV)/.dev ## writes the golden files anew; read the diff before you commit it
	$(PYTEST) -q --update-golden

tables: $(VENV)/.dev ## makes the parsing tables anew after an edit of grammars/nn.lark
	PYTHONPATH=. $(BIN)/python tools/tables.py

docs: $(VENV)/.dev ## makes what pages take from the code anew: docs/layers, docs/errors.md, README.md
	PYTHONPATH=. $(BIN)/python tools/pages.py
	$(BIN)/python tools/readme.py

mutants: $(VENV)/.dev ## programs with one token changed: what is told of them, in benchmarks/errors; five minutes
	PYTHONPATH=.:tests $(BIN)/python benchmarks/errors/mutants.py

bombs: $(VENV)/.dev ## hostile input: what is told of it, in what time and memory, in benchmarks/errors
	PYTHONPATH=.:tests $(BIN)/python benchmarks/errors/bombs.py

versions: $(VENV)/.dev ## the oldest and newest frameworks, in benchmarks/versions; WHEELS are torch's that do not run here
	PYTHONPATH=.:tests $(BIN)/python benchmarks/versions/run.py $(PIP_ARGS)
	PYTHONPATH=.:tests $(BIN)/python benchmarks/versions/names.py $(WHEELS)

fuzz: $(VENV)/.dev ## random models on both frameworks, in benchmarks/random_models; half an hour
	$(BIN)/python benchmarks/random_models/fuzz.py --models 1000 | tee benchmarks/random_models/fuzz.txt

weights: $(VENV)/.dev ## weights of every example round both frameworks, and models of other libraries; half an hour
	PYTHONPATH=.:tests $(BIN)/python benchmarks/weights/round_trip.py | tee benchmarks/weights/round_trip.txt
	PYTHONPATH=.:tests $(BIN)/python benchmarks/weights/foreign.py | tee benchmarks/weights/foreign.txt

prove: $(VENV)/.dev ## COUNT random programs from seed FROM on both frameworks, in benchmarks/prove; 3,000 an hour
	$(BIN)/python benchmarks/prove/prove.py --from $(FROM) --count $(COUNT)

bench: $(VENV)/.dev ## start-up, scale and hostile texts, in benchmarks/speed; some ten minutes
	PYTHONPATH=. $(BIN)/python benchmarks/speed/startup.py | tee benchmarks/speed/startup.txt
	PYTHONPATH=.:tests $(BIN)/python benchmarks/speed/hostile.py | tee benchmarks/speed/hostile.txt
	PYTHONPATH=. $(BIN)/python benchmarks/speed/scale.py | tee benchmarks/speed/scale.txt

formats: $(VENV)/.dev ## nndsl fmt on every file and on 2,000 random programs; a minute
	PYTHONPATH=.:tests $(BIN)/python benchmarks/format/formatter.py | tee benchmarks/format/formatter.txt

wheel: $(VENV)/.dev ## builds the wheel and the source distribution into dist/
	$(BIN)/python -m build --outdir dist .

clean: ## removes the virtual environment and everything built
	rm -rf $(VENV) build dist demo-output .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# What the demo needs is a part of what tests need.
$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e '.[torch]'
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(INSTALL) -e '.[dev,keras,torch,foreign]'
	touch $@
