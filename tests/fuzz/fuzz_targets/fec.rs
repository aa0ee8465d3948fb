//! Two paths with FEC: what is merged and repaired is no more than what came and what FEC may add,
//! and nothing waits for ever.
#![no_main]

use std::time::Duration;

use headend_fuzz::feed::datagrams;
use libfuzzer_sys::fuzz_target;
use packager::receive::{Entry, Framing, Port, Receiver, Settings};
use packager::time::Mono;
use packager::ts::{PACKET_LEN, RawPacket, SYNC_BYTE};

fuzz_target!(|data: &[u8]| {
    let mut receiver = Receiver::new(Settings {
        framing: Framing::Rtp,
        paths: 2,
        window: Duration::from_millis(450),
        fec: true,
    });
    let (mut last, mut packets) = (Mono::default(), 0);
    let mut take = |at: Mono, packet: &RawPacket| {
        assert!(packet[0] == SYNC_BYTE && at >= last);
        last = at;
        packets += 1;
    };
    let (mut bytes, mut longest) = (0, 0);
    for (at, _, datagram) in datagrams(data) {
        let Some((&way, datagram)) = datagram.split_first() else {
            continue;
        };
        let entry = Entry {
            path: way & 1,
            port: match way >> 1 & 3 {
                0 | 1 => Port::Media,
                2 => Port::Column,
                _ => Port::Row,
            },
        };
        receiver.push(entry, at, datagram, &mut take);
        receiver.flush(at, &mut take);
        bytes += datagram.len();
        longest = longest.max(datagram.len());
    }
    receiver.flush(Mono::from_nanos(u64::MAX), &mut take);
    assert!(receiver.next_deadline().is_none());
    let repaired = usize::try_from(receiver.counters().fec.repaired).expect("few");
    assert!(packets * PACKET_LEN <= bytes + repaired * longest);
});
