# `make demo` and `make test` are all that a newcomer needs; both install what is missing.

.PHONY: demo test page build fuzz bench soak deb clean

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

deb: page
	@tests/setup.sh deb
	@deploy/debian/build.sh

clean:
	cargo clean
	rm -rf player-web/dist player-web/node_modules
