//! The time and date table and the time offset table.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::tdt::{Tdt, Tot};

fuzz_target!(|bytes: &[u8]| {
    table(
        (0x70, false),
        bytes,
        Tdt::parse,
        |_, _| panic!("one section"),
        Tdt::emit,
    );
    table(
        (0x73, false),
        bytes,
        Tot::parse,
        |_, _| panic!("one section"),
        Tot::emit,
    );
});
