//! The service description table.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::sdt::Sdt;

fuzz_target!(|bytes: &[u8]| {
    table((0x42, true), bytes, Sdt::parse, Sdt::extend, Sdt::emit);
});
