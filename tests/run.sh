#!/bin/sh
# All that `make test` covers, the cheap checks first.
set -eu
step() { printf '\n== %s\n' "$*"; }

step "formatting"
cargo fmt --all --check
(cd tests/fuzz && cargo fmt --check)
step "the page: types, units, size, build"
(cd player-web && npm run --silent build && npm test --silent)
step "clippy, warnings denied"
cargo clippy --workspace --all-targets --quiet -- -D warnings
(cd tests/fuzz && CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-../../target}/fuzz" cargo clippy --quiet -- -D warnings)
step "build"
cargo build --workspace --all-targets --quiet
step "Rust tests"
cargo nextest run --workspace --no-fail-fast
step "fuzz: each reader for 5 s"
tests/fuzz.sh 5
