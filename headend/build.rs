//! Makes sure that the folder of the built player exists, so that the program also builds without
//! it, and is built again when it changes.

use std::path::Path;

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../player-web/dist");
    // Where the sources are read-only there is no player to embed either; rust-embed allows it.
    let _ = std::fs::create_dir_all(&dist);
    println!("cargo::rerun-if-changed={}", dist.display());
}
