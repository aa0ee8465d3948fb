# `make demo` and `make test` are all that a newcomer needs; both install what is missing.

.PHONY: demo test page build browser bench deb clean

demo: page
	cargo build --release --bins
	target/release/headend demo

page:
	@tests/setup.sh demo
	@cd player-web && npm run --silent build

build: page
	cargo build --release --bins

test:
	@tests/setup.sh test
	@tests/run.sh

browser: page
	@tests/setup.sh test
	cargo build --bins
	cargo nextest run -p headend-tests --test browser --run-ignored all

bench:
	@tests/setup.sh test
	cargo build --release --bins
	cargo bench -p headend-benches

deb: page
	@deploy/debian/build.sh

clean:
	cargo clean
	rm -rf player-web/dist player-web/node_modules
