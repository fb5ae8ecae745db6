# The commands of the project. Everything they do is in xtask/; here is only what must be there before it can run.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Debian packages that provide the programs on the left. Asked for by program, so that a machine which has them from
# elsewhere is left alone.
TOOLS := systemd-nspawn:systemd-container mmdebstrap:mmdebstrap ip:iproute2 setpriv:util-linux strip:binutils \
	cc:gcc zstd:zstd ssh:openssh-client curl:curl
VM_TOOLS := qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils mkfs.ext4:e2fsprogs
# Database servers that the tests run on files of their own; those of the packages need not run.
TEST_TOOLS := chromium:chromium pg_ctlcluster:postgresql mariadbd:mariadb-server

DENY_VERSION := 0.20.2

# $(call need,program:package …) installs the packages whose program is missing, and asks once more: apt removes a package of
# another release when one that it installs does not go with it. Silent when all are there.
define need
	@for pass in first second; do \
		missing=(); \
		for pair in $(1); do \
			command -v "$${pair%%:*}" >/dev/null || [ -x "/usr/sbin/$${pair%%:*}" ] || missing+=("$${pair##*:}"); \
		done; \
		[ $${#missing[@]} -gt 0 ] || break; \
		echo "==> installing $${missing[*]}"; \
		apt-get update -q || echo "some package lists could not be refreshed"; \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$${missing[@]}"; \
	done
endef

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: root
root:
	@[ "$$(id -u)" = 0 ] || { echo 'Test hosts are booted by root: run this as root.' >&2; exit 1; }

.PHONY: tools
tools: root
	$(call need,$(TOOLS))
	@for program in cargo npm; do \
		command -v $$program >/dev/null || { echo "$$program is missing: see README" >&2; exit 1; }; \
	done

.PHONY: test-tools
test-tools: tools
	$(call need,$(VM_TOOLS) $(TEST_TOOLS))
	@command -v cargo-nextest >/dev/null || cargo install cargo-nextest --locked
	@command -v cargo-deny >/dev/null || { echo '==> installing cargo-deny'; cargo install cargo-deny --version $(DENY_VERSION) --locked --quiet; }

.PHONY: run
run: tools ## Boot a demo host with the panel, forwarded to localhost until Ctrl-C
	@exec cargo xtask run

.PHONY: test
test: test-tools ## Every check and test; LANES="format unit" runs only those
	@exec cargo xtask test $(LANES)

.PHONY: bench
bench: tools ## Measure the product beside bare shell commands: docs/benchmarks.md
	$(call need,wrk:wrk nginx:nginx pg_ctlcluster:postgresql mariadbd:mariadb-server)
	@exec cargo xtask bench

.PHONY: soak
soak: tools ## The full forms of the proofs, hours of them: docs/proofs.md; cargo xtask soak --help for single ones
	$(call need,$(VM_TOOLS))
	@exec cargo xtask soak

.PHONY: deb
deb: tools ## Build the package people install into target/debian
	@exec cargo xtask deb --release

.PHONY: fmt
fmt: ## Format the Rust code
	cargo fmt --all

.PHONY: clean
clean: ## Take down all test hosts and remove what was built
	-cargo xtask host down --all
	cargo clean
	rm -rf web/dist web/node_modules
