#!/bin/sh
# Runs a node for SECONDS (an hour) while its encoder dies and comes back three times a minute, as
# `make soak` does: the output is judged without a pause, and memory, descriptors and threads may
# not grow. `soak.sh [SECONDS]`. Needs root, for network namespaces.
set -eu
cd "$(dirname "$0")/.."
cargo build --release --quiet --bins
HEADEND_SOAK_SECONDS="${1:-3600}" exec cargo test --release --quiet -p headend-tests --test soak -- --nocapture
