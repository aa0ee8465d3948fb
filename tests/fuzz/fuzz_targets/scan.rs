//! The scan over a buffer: everything is counted once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packager::ts::PACKET_LEN;
use packager::ts::scan::Scan;

fuzz_target!(|bytes: &[u8]| {
    let mut scan = Scan::new();
    let taken = scan.push(bytes);
    assert_eq!(taken, bytes.len() / PACKET_LEN * PACKET_LEN);
    let counted: u64 = scan.pids().map(|(_, pid)| pid.packets()).sum();
    assert_eq!(counted + scan.sync_errors(), scan.packets());
    for (_, pid) in scan.pids() {
        let _ = pid.clock().map(|clock| clock.span());
    }
});
