# Everything uses the release profile, so that one target folder serves all of it.
.DEFAULT_GOAL := help
CARGO ?= cargo

.PHONY: help
help: ## Show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /|/' | \
		while IFS='|' read -r target words; do printf '%-10s %s\n' "$$target" "$$words"; done

.PHONY: test
test: fmt lint doc clients ## Check everything: format, lints, documentation, all tests
	@tests/acceptance/run-tests.sh $(CARGO)

.PHONY: clients
clients: ## Install the clients and databases that the tests run, unmodified
	@tests/acceptance/install.sh

.PHONY: fmt
fmt: ## Check the format (cargo fmt mends it)
	$(CARGO) fmt --all -- --check

.PHONY: lint
lint: ## Check with clippy, every warning an error
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

.PHONY: doc
doc: ## Build the documentation, every warning an error
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release --workspace --no-deps

.PHONY: bench
bench: ## Measure what docs/performance.md says
	benches/run

.PHONY: demo
demo: ## Back up, delete in bulk and prove it, in half a minute
	$(CARGO) run --release -- demo
