# Skein's commands. Each one gets what it needs first; `make` alone lists them.
PREFIX ?= /usr/local
PRESET ?= release

.PHONY: help bootstrap build demo test asan tsan bench fmt lint install clean

help:
	@echo "make demo       build, start a server, load and query real data through it (installs what is missing)"
	@echo "make test       build and run every check"
	@echo "make asan       the same checks under AddressSanitizer and UndefinedBehaviorSanitizer; make tsan: ThreadSanitizer"
	@echo "make build      build server and extension into build/$(PRESET)"
	@echo "make bench      measure Skein beside local DuckDB, Quack (PEER_LAB=...) and others; ONLY=scan for some"
	@echo "make install    install into PREFIX ($(PREFIX))"
	@echo "make lint       check format and house rules; make fmt formats"
	@echo "make bootstrap  get compilers, DuckDB, Arrow Flight and Python packages"
	@echo "make clean      remove build/; what is downloaded and built once per user stays"

bootstrap:
	@scripts/bootstrap.sh

build: bootstrap
	@scripts/build.sh $(PRESET)

demo: build
	@scripts/python.sh demo/demo.py

test: build
	@scripts/python.sh scripts/run_tests.py

bench:
	@scripts/bootstrap.sh bench
	@scripts/build.sh $(PRESET)
	@cmake --build build/$(PRESET) --target bench_programs
	@SKEIN_BUILD_DIR=build/$(PRESET) scripts/python.sh bench/bench.py $(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS)) $(if $(SF),--sf $(SF)) \
		$(if $(STATEMENTS),--statements $(STATEMENTS)) $(if $(DOCUMENT),--document)

asan: bootstrap
	@scripts/build.sh asan
	@scripts/python.sh scripts/run_sanitized.py asan

# Python cannot hold ThreadSanitizer: the extension is the released one.
tsan: build
	@scripts/build.sh tsan
	@scripts/python.sh scripts/run_sanitized.py tsan

fmt: bootstrap
	@scripts/format.sh

lint: bootstrap
	@scripts/python.sh -m pytest -q tests/tidy

install: bootstrap
	@scripts/build.sh release "-DCMAKE_INSTALL_PREFIX=$(abspath $(PREFIX))"
	@cmake --install build/release

clean:
	rm -rf build
