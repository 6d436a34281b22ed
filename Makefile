# Martlet: build, test, install.  `make help` lists the targets.

SHELL := /bin/bash -o pipefail
PREFIX ?= /usr/local
DESTDIR ?=

# What the programs are built from, what the tests and rigs run, and what `make bench` compares with.
# apt-get installs what is missing where we are root; elsewhere the command is printed.
BUILD_PACKAGES := g++ libc6-dev lld pkg-config zlib1g-dev libfuse3-dev libseccomp-dev \
    libslirp-dev libisal-dev libsqlite3-dev libssl-dev libsystemd-dev libyaml-dev libzstd-dev
RUN_PACKAGES := dbus dbus-user-session libpam-systemd systemd uidmap
TEST_PACKAGES := $(RUN_PACKAGES) acl attr busybox-static crun curl docker-registry dropbear-bin fuse3 \
    iproute2 jq libcap2-bin openssh-client podman procps python3 skopeo strace umoci util-linux zstd
MACHINE_PACKAGES := e2fsprogs mmdebstrap qemu-system-x86
BENCH_PACKAGES := $(RUN_PACKAGES) busybox-static crun fuse-overlayfs hyperfine iproute2 jq \
    podman python3 slirp4netns

# One configuration for programs and tests, so that everything is compiled once.
SWIFT_FLAGS := -c release
BUILT := .build/release
LINKER_SCRIPT := .build/lnk/libstdc++.so

.PHONY: help build test demo bench stage install uninstall generate format clean

help: ## Lists the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

build: packages-build $(LINKER_SCRIPT) ## Builds the programs (release) into .build/release
	swift build $(SWIFT_FLAGS)

test: packages-build packages-test $(LINKER_SCRIPT) ## Installs what is missing, builds, runs every test and rig
	swift build $(SWIFT_FLAGS) --build-tests
	SWIFT_FLAGS="$(SWIFT_FLAGS)" bash Tests/run

demo: packages-build packages-run $(LINKER_SCRIPT) ## Builds, runs an example as a service, shows it, cleans up
	swift build $(SWIFT_FLAGS)
	bash quadlet/demo

bench: packages-build packages-bench $(LINKER_SCRIPT) ## Measures against Debian's podman and crun
	swift build $(SWIFT_FLAGS)
	@$(MAKE) --no-print-directory stage
	bash benchmarks/run $(ROUNDS) | tee .build/bench.md
	@python3 benchmarks/publish .build/bench.md README.md

# ---- installing --------------------------------------------------------------------------------
# PREFIX below the home directory installs for one user.  systemd looks for generators in system
# directories alone, so there a path unit runs the same converter (units/martlet-quadlet.path).

HOMEWARD := $(filter $(HOME)/%,$(PREFIX))
BIN := $(DESTDIR)$(PREFIX)/bin
LIBEXEC := $(DESTDIR)$(PREFIX)/libexec/martlet
GENERATORS := $(DESTDIR)$(PREFIX)/lib/systemd/user-generators
UNITS := $(DESTDIR)$(PREFIX)/$(if $(HOMEWARD),share,lib)/systemd/user
SHARE := $(DESTDIR)$(PREFIX)/share
MAN := $(SHARE)/man/man1
HELPERS := martlet-runtime martlet-net martlet-fuse martlet-registry

install: ## Installs what is built below PREFIX (/usr/local; DESTDIR is put before it)
	install -D -m 755 -t $(BIN) $(BUILT)/martlet
	install -D -m 755 -t $(LIBEXEC) $(addprefix $(BUILT)/,$(HELPERS))
	$(if $(wildcard units/*),install -D -m 644 -t $(UNITS) $(wildcard units/*))
	$(if $(wildcard man/*.1),install -D -m 644 -t $(MAN) $(wildcard man/*.1))
ifneq ($(wildcard completions/*),)
	install -D -m 644 completions/martlet.bash $(SHARE)/bash-completion/completions/martlet
	install -D -m 644 completions/martlet.zsh $(SHARE)/zsh/site-functions/_martlet
	install -D -m 644 completions/martlet.fish $(SHARE)/fish/vendor_completions.d/martlet.fish
endif
ifndef HOMEWARD
	install -d $(GENERATORS)
	ln -sf ../../../bin/martlet $(GENERATORS)/martlet-user-generator
endif

uninstall: ## Removes what install put there
	rm -f $(BIN)/martlet $(addprefix $(LIBEXEC)/,$(HELPERS)) $(GENERATORS)/martlet-user-generator
	rm -f $(addprefix $(UNITS)/,$(notdir $(wildcard units/*)))
	rm -f $(SHARE)/bash-completion/completions/martlet $(SHARE)/zsh/site-functions/_martlet
	rm -f $(SHARE)/fish/vendor_completions.d/martlet.fish
	rm -f $(addprefix $(MAN)/,$(notdir $(wildcard man/*.1)))
	rmdir --ignore-fail-on-non-empty $(LIBEXEC) 2> /dev/null || true

# What the rigs install into their machines.
stage:
	@rm -rf .build/stage
	@$(MAKE) --no-print-directory install DESTDIR=.build/stage PREFIX=/usr/local > /dev/null

generate: ## Writes manual pages, completions and docs/api.json from the declarations of the verbs
	$(BUILT)/martlet __generate $(CURDIR)

format: ## Formats the Swift sources in place
	swift format --in-place --recursive --parallel Sources Tests Package.swift

clean: ## Removes what was built
	rm -rf .build

packages-build: ; @bash Tests/Rigs/packages $(BUILD_PACKAGES)
packages-run: ; @bash Tests/Rigs/packages $(RUN_PACKAGES) busybox-static curl iproute2
packages-test: ; @bash Tests/Rigs/packages $(TEST_PACKAGES)
packages-machine: ; @bash Tests/Rigs/packages $(MACHINE_PACKAGES)
packages-bench: ; @bash Tests/Rigs/packages $(BENCH_PACKAGES)
.PHONY: packages-build packages-run packages-test packages-machine packages-bench

# Programs start 0.5 ms sooner with the C++ library inside; -static-libstdc++ is ignored by
# swiftc, a linker script of the library's name is not.
$(LINKER_SCRIPT):
	@mkdir -p $(@D)
	@echo "INPUT ( $$(gcc -print-file-name=libstdc++.a) )" > $@
