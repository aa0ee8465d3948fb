//! The program association table.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::pat::Pat;

fuzz_target!(|bytes: &[u8]| {
    table((0x00, true), bytes, Pat::parse, Pat::extend, Pat::emit);
});
