//! The program map table, and what each stream is.
#![no_main]

use headend_fuzz::table;
use libfuzzer_sys::fuzz_target;
use packager::ts::pmt::Pmt;
use packager::ts::section::Section;

fuzz_target!(|bytes: &[u8]| {
    let parse = |section: &Section<'_>| {
        let pmt = Pmt::parse(section)?;
        for stream in &pmt.streams {
            let _ = (stream.kind(), stream.language());
        }
        Ok(pmt)
    };
    let one = |_: &mut Pmt, _| panic!("a PMT is one section");
    table((0x02, true), bytes, parse, one, Pmt::emit);
});
