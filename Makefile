# swiftlet: see README.md. Targets: build, demo, check, check-guest, fuzz, conformance, conformance-runtime-tools, bench,
# install, clean.

SHELL := /bin/bash
SWIFT ?= $(shell conformance/find-swift)
PREFIX ?= /usr/local
DESTDIR ?=
MANDIR ?= $(PREFIX)/share/man

# lld, which comes with the toolchain, can leave out what nothing needs (Sources/startup.ld) and put side by side what
# every start needs (Sources/startup.order, which `make order` writes). conformance/link-library lets it leave out what
# nothing calls of the standard library too.
LIBRARY := $(CURDIR)/.build/link-library
REMAP = $(if $(shell ls $(LIBRARY)/libswiftCore.a 2> /dev/null), \
  -Xlinker '--remap-inputs=*/libswiftCore.a=$(LIBRARY)/libswiftCore.a')
LINK = $(REMAP) --static-swift-stdlib -Xswiftc -static-executable -Xswiftc -use-ld=lld -Xlinker --gc-sections \
  -Xlinker --no-eh-frame-hdr -Xlinker -e -Xlinker sw_entry -Xlinker -T -Xlinker $(CURDIR)/Sources/startup.ld \
  -Xlinker --symbol-ordering-file=$(CURDIR)/Sources/startup.order -Xlinker --no-warn-symbol-ordering
STATIC = $(LINK) -Xlinker -s
BINARY := .build/release/swiftlet

SECONDS ?= 60

.PHONY: all build library deps order demo check check-guest lint test fuzz conformance conformance-security \
  conformance-runtime-tools bench install clean

all: build

# The libraries to link, and what the demonstration and the tests run. Does nothing where all are there.
deps:
	@conformance/install-packages libseccomp-dev libcap-dev libselinux1-dev libpcre2-dev pkg-config busybox-static \
	  mandoc strace

library:
	@conformance/link-library $(SWIFT) $(LIBRARY)

build: deps library
	$(SWIFT) build -c release --product swiftlet $(STATIC)

order: library
	$(SWIFT) build -c release --product swiftlet $(LINK)
	@conformance/startup-order $(BINARY)

demo: build
	@conformance/demo $(BINARY)

lint:
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	@conformance/check-sources
	@conformance/check-specification
	@conformance/check-properties

# The integration tests take in the children of others, so they have a process of their own.
test: build
	$(SWIFT) test --scratch-path .build-test --skip IntegrationTests
	SWIFTLET=$(abspath $(BINARY)) $(SWIFT) test --scratch-path .build-test --filter IntegrationTests

check: build lint test
	@conformance/check-binary $(BINARY)
	@conformance/skipped-tiers

# The same tests in a guest with nothing but cgroup v2 (QEMU; some minutes).
check-guest: build
	@conformance/guest/check

# Each parser of what others write, for so many seconds; TARGETS names some of them.
fuzz: deps
	SWIFTLET_FUZZ=1 $(SWIFT) build -c release --scratch-path .build-fuzz --product fuzz
	@conformance/fuzz .build-fuzz/release/fuzz $(SECONDS) $(TARGETS)

conformance: build
	@conformance/run --runtime $(abspath $(BINARY))

# Attacks alone; RUNTIME=/usr/bin/crun conformance/security/run attacks another runtime.
conformance-security: build
	@conformance/security/run --runtime $(abspath $(BINARY))

# The validation programs of an opencontainers/runtime-tools checkout that was built by its own instructions.
conformance-runtime-tools: build
	@conformance/runtime-tools --runtime $(abspath $(BINARY)) \
	  $(or $(RUNTIME_TOOLS),$(error RUNTIME_TOOLS=DIR: a checkout with `make runtimetest validation-executables` done))

bench: build
	@RUNTIME=$(abspath $(BINARY)) bench/run

install: $(BINARY)
	install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/sbin/swiftlet
	install -d $(DESTDIR)$(MANDIR)/man8
	install -m 0644 man/*.8 $(DESTDIR)$(MANDIR)/man8
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	  $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(BINARY) completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/swiftlet
	$(BINARY) completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_swiftlet
	$(BINARY) completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/swiftlet.fish

$(BINARY):
	@$(MAKE) build

clean:
	rm -rf .build .build-test .build-fuzz
