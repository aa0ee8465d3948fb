//! Packets to findings.
#![no_main]

use std::hint::black_box;

use headend_fuzz::feed::datagrams;
use libfuzzer_sys::fuzz_target;
use packager::monitor::{Monitor, Settings};

fuzz_target!(|data: &[u8]| {
    let mut monitor = Monitor::new(Settings::default());
    for (at, _, datagram) in datagrams(data) {
        for packet in datagram.as_chunks().0 {
            monitor.push(at, packet);
        }
        monitor.tick(at);
    }
    black_box(&monitor);
});
