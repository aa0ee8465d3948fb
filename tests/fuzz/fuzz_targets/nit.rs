//! The network information table.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::nit::Nit;

fuzz_target!(|bytes: &[u8]| {
    table((0x40, true), bytes, Nit::parse, Nit::extend, Nit::emit);
});
