//! Packets to playlists and segments: whatever is listed is there.
#![no_main]

use std::hint::black_box;

use headend_fuzz::feed::{datagrams, packager};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut packager = packager();
    for (_, wall, datagram) in datagrams(data) {
        for packet in datagram.as_chunks().0 {
            black_box(packager.push(wall, packet));
        }
    }
    let window = packager.window();
    for path in window.paths() {
        assert!(window.object(&path).is_some(), "{path}");
    }
});
