//! The header of a PES packet, read, shifted and written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packager::ts::clock::Ticks;
use packager::ts::pes::{PesHeader, shift};

fuzz_target!(|bytes: &[u8]| {
    let mut moved = bytes.to_vec();
    let read = PesHeader::parse(bytes);
    assert_eq!(shift(&mut moved, Ticks::from_millis(-40)), read.is_ok());
    let Ok(header) = read else {
        assert_eq!(moved, bytes);
        return;
    };
    let shifted = PesHeader::parse(&moved).expect("it was read before");
    let back = |stamp: Option<packager::ts::Pts>| stamp.map(|s| s.offset(Ticks::from_millis(40)));
    assert_eq!(
        (back(shifted.pts), back(shifted.dts)),
        (header.pts, header.dts)
    );
    let written = PesHeader::parse(&header.emit()).expect("what is written is read");
    assert_eq!(
        written,
        PesHeader {
            malformed: false,
            ..header
        }
    );
});
