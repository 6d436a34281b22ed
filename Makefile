# Martlet: build, test, install.  `make help` lists the targets.

SHELL := /bin/bash -o pipefail
PREFIX ?= /usr/local
DESTDIR ?=

# What the programs are built from, what the tests and rigs run, and what `make bench` compares with.
# apt-get installs what is missing where we are root; elsewhere the command is printed.
BUILD_PACKAGES := g++ libc6-dev lld pkg-config zlib1g-dev libseccomp-dev libslirp-dev \
    libsqlite3-dev libsystemd-dev libzstd-dev
RUN_PACKAGES := dbus dbus-user-session libpam-systemd systemd uidmap
TEST_PACKAGES := $(RUN_PACKAGES) busybox-static crun curl docker-registry fuse3 iproute2 jq \
    procps python3 strace util-linux zstd
MACHINE_PACKAGES := e2fsprogs mmdebstrap qemu-system-x86
BENCH_PACKAGES := $(RUN_PACKAGES) busybox-static crun fuse-overlayfs hyperfine iproute2 jq \
    podman python3 slirp4netns

# One configuration for programs and tests, so that everything is compiled once.
SWIFT_FLAGS := -c release
BUILT := .build/release
LINKER_SCRIPT := .build/lnk/libstdc++.so

.PHONY: help build test tests bench format clean packages

help: ## Lists the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

build: packages-build $(LINKER_SCRIPT) ## Builds the programs (release) into .build/release
	swift build $(SWIFT_FLAGS)

test: packages-build packages-test $(LINKER_SCRIPT) ## Installs what is missing, builds, runs every test and rig
	swift build $(SWIFT_FLAGS) --build-tests
	SWIFT_FLAGS="$(SWIFT_FLAGS)" bash Tests/run

format: ## Formats the Swift sources in place
	swift format --in-place --recursive --parallel Sources Tests Package.swift

clean: ## Removes what was built
	rm -rf .build

packages-build: ; @bash Tests/Rigs/packages $(BUILD_PACKAGES)
packages-test: ; @bash Tests/Rigs/packages $(TEST_PACKAGES)
packages-machine: ; @bash Tests/Rigs/packages $(MACHINE_PACKAGES)
packages-bench: ; @bash Tests/Rigs/packages $(BENCH_PACKAGES)
.PHONY: packages-build packages-test packages-machine packages-bench

# Programs start 0.5 ms sooner with the C++ library inside; -static-libstdc++ is ignored by
# swiftc, a linker script of the library's name is not.
$(LINKER_SCRIPT):
	@mkdir -p $(@D)
	@echo "INPUT ( $$(gcc -print-file-name=libstdc++.a) )" > $@
