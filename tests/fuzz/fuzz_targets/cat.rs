//! The conditional access table.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::cat::Cat;

fuzz_target!(|bytes: &[u8]| {
    table((0x01, true), bytes, Cat::parse, Cat::extend, Cat::emit);
});
