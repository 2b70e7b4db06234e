# The commands of this repository. On a fresh Debian 12: `make run`, `make test`.

JOBS ?= $(shell nproc)
PYTHON ?= python3

.PHONY: help build run t test test-gcc test-tsan conformance bench fuzz format lint tidy clean

help:
	@echo "make run          install what is missing, build, start the server (data in ./data);"
	@echo "                  with settings: make run ARGS='--redis-port 7000 --http-port off'"
	@echo "make build        build/release/octavo"
	@echo "make test         install, build and run every test"
	@echo "make t F=txn      the unit tests of one folder under src/; T=<pattern> for some of them;"
	@echo "                  PRESET=debug or PRESET=tsan with sanitizers"
	@echo "make tidy         what is never right in this tree: layers, words, columns"
	@echo "make test-gcc     the unit tests under the second compiler, g++ 12"
	@echo "make test-tsan    the unit tests and the server's under the thread sanitizer"
	@echo "make conformance  the compatibility suites of each protocol"
	@echo "make bench        benchmarks, also against peers; FILTER=<name> for some of them"
	@echo "make fuzz         every fuzz target; SECONDS_EACH=<n>, default 600"
	@echo "make lint         clang-format and clang-tidy; F=src/txn for a folder, CHANGED=1 for a branch"
	@echo "make format       clang-format over the tree"
	@echo "make clean        remove build/"
	@echo "JOBS=<n>          how many compilers or tests at a time; default: the number of cores"

build: build/release/build.ninja
	@ninja -C build/release -j $(JOBS) octavo

build/%/build.ninja: CMakePresets.json
	@tools/setup.sh build
	@cmake --preset $*

# tools/run.sh prints what to connect with and a first thing to try for each protocol.
# More flags for the server: make run ARGS='--redis-port off'
run:
	@tools/setup.sh build
	@$(MAKE) --no-print-directory build
	@tools/run.sh $(ARGS)

# The quick loop. PRESET=debug for the sanitizers, PRESET=tsan for races.
PRESET ?= release
TEST = $(subst /,_,$(patsubst %/,%,$(F:src/%=%)))_test
t: build/$(PRESET)/build.ninja
	@test -n "$(F)" || { echo "which folder? make t F=txn, make t F=protocol/redis T=Resp"; exit 2; }
	@ninja -C build/$(PRESET) -j $(JOBS) $(TEST)
	@TSAN_OPTIONS=suppressions=$(CURDIR)/tools/tsan.txt \
	  build/$(PRESET)/bin/$(TEST) --gtest_brief=1 $(if $(T),--gtest_filter='*$(T)*')

# Suites by name: make test ONLY='unit e2e'
test:
	@tools/setup.sh test
	@$(PYTHON) tools/test.py --jobs $(JOBS) $(ONLY)

# Longer than CI has time for: by hand, before a release or after work on threads.
test-gcc:
	@tools/setup.sh test
	@$(PYTHON) tools/test.py --jobs $(JOBS) unit-gcc

test-tsan:
	@tools/setup.sh test
	@$(PYTHON) tools/test.py --jobs $(JOBS) unit-tsan
	@OCTAVO_PATIENCE=10 OCTAVO_BINARY=$(CURDIR)/build/tsan/octavo TSAN_OPTIONS=suppressions=$(CURDIR)/tools/tsan.txt \
	  $(PYTHON) tools/test.py --jobs $(JOBS) server e2e redis crash

conformance:
	@tools/setup.sh test
	@$(MAKE) --no-print-directory build
	@$(PYTHON) tools/test.py --jobs $(JOBS) --no-build conformance

bench:
	@tools/setup.sh bench
	@$(PYTHON) tools/bench.py --jobs $(JOBS) $(FILTER)

fuzz:
	@tools/setup.sh test
	@$(PYTHON) tools/fuzz.py --jobs $(JOBS) --seconds $(or $(SECONDS_EACH),600) $(FILTER)

format:
	@tools/setup.sh lint
	@git ls-files -z '*.h' '*.cc' | xargs -0 clang-format-19 -i

# Of some folders: make lint F='src/txn src/log'. What differs from main: make lint CHANGED=1
lint: build/debug/build.ninja
	@tools/setup.sh lint
	@$(PYTHON) tools/lint.py --jobs $(JOBS) $(if $(CHANGED),--changed) $(F)

tidy:
	@$(PYTHON) tools/tidy.py

clean:
	rm -rf build
