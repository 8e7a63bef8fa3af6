# SPDX-License-Identifier: Apache-2.0
#
#   make demo   installs what is missing, builds, and plays the main job
#   make test   installs what is missing, and runs all tests with every trait
#   make soak   the long runs: more rounds, more crashes; prints what they showed
#   make bench  ratios of the stores against the C library of their engine
#   make format formats the sources; make lint only looks

SWIFT ?= swift
# Hundreds of tests at once would hold thousands of descriptors and wait for each other past their limits.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 16
FORMATTED = Package.swift Sources Tests Examples Benchmarks/Package.swift Benchmarks/Sources

.PHONY: demo test soak bench format lint prepare-demo prepare-test

prepare-demo:
	@Scripts/install-packages demo

prepare-test:
	@Scripts/install-packages test

demo: prepare-demo
	$(SWIFT) build --traits default,QRCode --product doorward
	@"$$($(SWIFT) build --traits default,QRCode --show-bin-path)/doorward" demo

test: prepare-test
	$(SWIFT) test --enable-all-traits --disable-xctest

soak: prepare-test
	DOORWARD_SOAK=1 $(SWIFT) test --enable-all-traits --disable-xctest --filter soak

# On one core: where client and server land on two, the same call takes several times as long, or not.
bench: prepare-test
	cd Benchmarks && $(SWIFT) build -c release && taskset -c 0 .build/release/StoreBenchmarks

format:
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)
