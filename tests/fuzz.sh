#!/bin/sh
# Runs every fuzz target for SECONDS and prints one line for each; fails when one found a panic, a
# loop or memory without a bound. `fuzz.sh SECONDS [TARGET…]`. What was found stands in
# tests/fuzz/artifacts/TARGET/ and is run again by `cd tests/fuzz && cargo fuzz run -s none TARGET FILE`.
set -eu
cd "$(dirname "$0")/.."
seconds="${1:?usage: fuzz.sh SECONDS [TARGET…]}"
shift
target_dir="${CARGO_TARGET_DIR:-$PWD/target}"
seeds="$target_dir/fuzz/seeds"
rm -rf "$seeds"
cargo build --quiet -p headend-tests --bin fuzz-seeds
"$target_dir/debug/fuzz-seeds" "$seeds" 2>/dev/null ||
  echo "fuzz: no captures (HEADEND_STREAMS), so it begins from nothing"

# The stable compiler counts coverage; sanitizers it has none, and safe Rust needs none.
cd tests/fuzz
export CARGO_TARGET_DIR="$target_dir/fuzz"
log="$CARGO_TARGET_DIR/build.log"
cargo fuzz build --fuzz-dir . --sanitizer none 2>"$log" || { cat "$log"; exit 1; }
[ $# -gt 0 ] || set -- $(cargo fuzz list --fuzz-dir .)

found="$(mktemp -d)"
trap 'rm -rf "$found"' EXIT
failed=0
for target in "$@"; do
  log="$CARGO_TARGET_DIR/$target.log"
  mkdir -p "$found/$target" "$seeds/$target"
  # A feed of 1,400 packets has 270 kB; what takes over 5 s is a loop.
  if cargo fuzz run --fuzz-dir . --sanitizer none "$target" "$found/$target" "$seeds/$target" -- \
    -max_total_time="$seconds" -max_len=300000 -timeout=5 -rss_limit_mb=1024 >"$log" 2>&1; then
    awk -v target="$target" '/^#.*DONE/ { edges = $4 } /^Done / { runs = $2; seconds = $5 }
      END { printf "fuzz: %-10s %8d runs in %d s, %d edges, no finding\n", target, runs, seconds, edges }' "$log"
  else
    failed=1
    echo "fuzz: $target FAILED"
    grep -a -E "panicked at|SUMMARY|Test unit written" -A1 "$log" | cut -c1-200 | head -12
  fi
done
exit "$failed"
