//! The transport packet: every accessor, and what is written into one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packager::ts::continuity::Continuity;
use packager::ts::packet::{mark_discontinuity, restamp_pcr, set_continuity, set_pid};
use packager::ts::{Packet, Pcr, Pid, RawPacket};

fuzz_target!(|packets: Vec<[u8; 188]>| {
    let mut continuity = Continuity::new();
    for mut bytes in packets {
        let packet = Packet::new(&bytes);
        let _ = continuity.judge(packet);
        let _ = (
            packet.scrambling(),
            packet.random_access(),
            packet.has_sync(),
        );
        let field = packet.adaptation();
        let _ = field.map(|f| (f.splice_countdown(), f.priority(), f.bytes().len()));
        assert!(packet.payload_offset() + packet.payload().len() <= bytes.len() + 4);
        let pcr = packet.pcr();
        write(&mut bytes, pcr);
    }
});

fn write(bytes: &mut RawPacket, pcr: Option<Pcr>) {
    let stamp = Pcr::from_ticks(299);
    assert_eq!(restamp_pcr(bytes, stamp), pcr.is_some());
    assert_eq!(Packet::new(bytes).pcr(), pcr.map(|_| stamp));
    set_pid(bytes, Pid::PAT);
    set_continuity(bytes, 9);
    let marked = mark_discontinuity(bytes);
    let packet = Packet::new(bytes);
    assert_eq!((packet.pid(), packet.continuity()), (Pid::PAT, 9));
    assert!(!marked || packet.discontinuity());
}
