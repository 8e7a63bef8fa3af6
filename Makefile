# SPDX-License-Identifier: Apache-2.0
#
#   make demo   installs what is missing, builds, and plays the main job
#   make test   installs what is missing, and runs all tests with every trait
#   make soak   the long runs: more rounds, more crashes; prints what they showed
#   make bench  ratios against C and C++ doing the same, drawn; and what a storm of sign-ins does
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
	Scripts/check-argon2 100000
	DOORWARD_SOAK=1 $(SWIFT) test --enable-all-traits --disable-xctest --filter soak

# Stores on one core: where client and server land on two, the same call takes several times as long, or not.
bench: prepare-test
	cd Benchmarks && $(SWIFT) build -c release && rm -f .build/ratios.json
	cd Benchmarks && .build/release/Ratios argon2 memory && taskset -c 0 .build/release/Ratios sqlite postgresql redis
	cd Benchmarks && .build/release/Ratios draw ratios.svg && .build/release/Storm

format:
	$(SWIFT) format --in-place --parallel --recursive $(FORMATTED)

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(FORMATTED)
