//! The event information table.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::eit::Eit;
use packager::ts::section::Section;

fuzz_target!(|bytes: &[u8]| {
    let parse = |section: &Section<'_>| {
        let eit = Eit::parse(section)?;
        for event in &eit.events {
            let _ = event.short();
        }
        Ok(eit)
    };
    table(
        (0x4e, true),
        bytes,
        parse,
        |_, _| panic!("one section"),
        Eit::emit,
    );
});
