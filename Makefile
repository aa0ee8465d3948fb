# `make demo` and `make test` are all that a newcomer needs; both install what is missing.

.PHONY: demo test judge page build fuzz bench soak screenshots deb clean

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

judge:
	@tests/setup.sh test
	@command -v tsp >/dev/null || echo "judge: no tsp on the PATH: TSDuck (https://tsduck.io) is left out"
	cargo nextest run --workspace --no-capture -E 'package(headend-tests) & binary(judges)'

fuzz:
	@tests/setup.sh test
	@tests/fuzz.sh 60

bench:
	@tests/setup.sh test
	cargo build --release --bins
	cargo bench -p headend-benches

soak:
	@tests/setup.sh test
	@tests/soak.sh $(SECONDS)

# Every screen of the player and of the wall, at each size, to be looked at.
screenshots: page
	@tests/setup.sh test
	HEADEND_SCREENSHOTS=$(CURDIR)/target/screenshots cargo nextest run --workspace -E 'package(headend-tests) & binary(browser) & not test(/^(long|poor)::/)'
	@echo "target/screenshots: $$(ls target/screenshots | wc -l) pictures"

deb: page
	@tests/setup.sh deb
	@deploy/debian/build.sh

clean:
	cargo clean
	rm -rf player-web/dist player-web/node_modules
