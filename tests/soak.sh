#!/bin/sh
# What takes long: the switches and the faults in many rounds, an hour in which nothing may be
# found, an hour of HLS judged by its rules, an hour in which the encoder dies and comes back
# three times a minute while the output is judged without a pause, and memory, descriptors and
# threads may not grow, an hour of the page over a poor line, and four hours of it with a switch each
# 10 minutes. `soak.sh [SECONDS]` for another span than an hour, `HEADEND_ROUNDS` for other rounds
# than 20. Needs root, for network namespaces.
set -eu
cd "$(dirname "$0")/.."
step() { printf '\n== %s\n' "$*"; }
soak() {
	binary="$1"
	shift
	cargo test --release --quiet -p headend-tests --test "$binary" -- --nocapture --test-threads 1 "$@"
}
export HEADEND_ROUNDS="${HEADEND_ROUNDS:-20}" HEADEND_SOAK_SECONDS="${1:-3600}"
cargo build --release --quiet --bins
step "switches in a row, and while a clock wraps"
soak switch
step "each fault $HEADEND_ROUNDS times"
tally=$(mktemp)
trap 'rm -f "$tally"' EXIT
export HEADEND_TALLY="$tally"
soak cause
soak cause_here
unset HEADEND_TALLY
awk -F'\t' '
	BEGIN { print "| class | rounds | bad | seen after (median, longest) | over after |"; print "|---|---|---|---|---|" }
	{ printf "| `%s` | %d | %d | %s s, %s s | %s s, %s s |\n", $1, $2, $3, $4, $5, $6, $7; all += $2; bad += $3 }
	END { printf "%d of %d rounds right\n", all - bad, all; exit bad * 100 > all }
' "$tally"
step "$HEADEND_SOAK_SECONDS s of HLS, judged by its rules while everything happens to the channel"
soak hls_rules
step "$HEADEND_SOAK_SECONDS s with nothing wrong, and as long with an encoder that comes and goes"
soak soak
step "$HEADEND_SOAK_SECONDS s of the page at 600 kbit/s with one packet in fifty lost"
soak browser poor::at_600_kbit
step "four times as long of the page, a switch each 10 minutes"
HEADEND_SOAK_SECONDS=$((4 * HEADEND_SOAK_SECONDS)) soak browser long::a_page_plays_on
step "caches in front that lose their node and that have 1,000 viewers, an over-full node, a set-top without its page, poor lines, Firefox"
env -u HEADEND_SOAK_SECONDS cargo nextest run --workspace --profile long
