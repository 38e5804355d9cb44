# Two commands on a fresh machine with Python 3.11+, pip and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(VENV) UV_NO_CONFIG=1 .boot/bin/uv
INSTALL := $(UV) pip install --quiet --require-hashes --only-binary :all:
COMPILE := .boot/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate
ARGS ?=
unexport PYTHONDONTWRITEBYTECODE    # compiled once: else every process of every test compiles all of it again

.PHONY: demo test setup check bench soak random audit lock clean
demo: $(VENV)/.app ; $(BIN)/stapsteen demo $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m tests.house.browser
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(ARGS)

setup: $(VENV)/.app

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/stapsteen check

bench: $(VENV)/.dev
	$(BIN)/python -m tests.bench $(ARGS)

audit: $(VENV)/.dev | .boot/bin/uv    # known weaknesses in what we depend on; says how many packages it could not look up (a mirror may have no advisory data)
	-UV_NO_CONFIG=1 .boot/bin/uv tool run pip-audit@2.10.1 --disable-pip --require-hashes -r .lock/app.txt -f json > .boot/audit.json
	$(BIN)/python -m tests.house.audit < .boot/audit.json

random: $(VENV)/.dev    # 10,000 random updates through the whole bot: make random ARGS="--seed 7 --number 10000"
	$(BIN)/python -m tests.security.long $(ARGS)

soak: $(VENV)/.dev    # hurt a real house for a while and print what became of it: make soak ARGS="--minutes 10 --seed 1"
	$(BIN)/python -m tests.crash.soak $(ARGS)

.boot/bin/uv: .lock/uv.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Stapsteen needs Python 3.11 or newer; try: make demo PYTHON=python3.11")'
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --upgrade --target .boot --require-hashes -r .lock/uv.txt
	touch $@

$(VENV)/.app: .lock/app.txt | .boot/bin/uv
	[ -x $(BIN)/python ] || $(UV) venv --quiet --python $(PYTHON) --no-python-downloads $(VENV)
	$(INSTALL) -r .lock/app.txt
	$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "stapsteen.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
	printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m bot "$$@"\n' > $(BIN)/stapsteen
	chmod +x $(BIN)/stapsteen
	touch $@

$(VENV)/.dev: .lock/dev.txt $(VENV)/.app
	$(INSTALL) -r .lock/dev.txt
	touch $@

lock: | .boot/bin/uv    # after editing pyproject.toml; commit the three files
	echo 'uv==0.13.9' | $(COMPILE) -o .lock/uv.txt -
	$(COMPILE) -o .lock/app.txt pyproject.toml
	$(COMPILE) -c .lock/app.txt --group test --group lint -o .lock/dev.txt pyproject.toml

clean: ; rm -rf $(VENV) .boot
