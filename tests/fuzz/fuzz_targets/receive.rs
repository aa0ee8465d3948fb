//! Datagrams to packets: what comes out has its sync byte, is in order of time and is no more
//! than what went in.
#![no_main]

use headend_fuzz::feed::{datagrams, framing};
use libfuzzer_sys::fuzz_target;
use packager::receive::{Entry, Receiver};
use packager::time::Mono;
use packager::ts::{PACKET_LEN, RawPacket, SYNC_BYTE};

fuzz_target!(|data: &[u8]| {
    let Some((&options, feed)) = data.split_first() else {
        return;
    };
    let mut receiver = Receiver::new(framing(options));
    let (mut last, mut packets) = (Mono::default(), 0);
    let mut take = |at: Mono, packet: &RawPacket| {
        assert!(packet[0] == SYNC_BYTE && at >= last);
        last = at;
        packets += 1;
    };
    let mut bytes = 0;
    for (at, _, datagram) in datagrams(feed) {
        receiver.push(Entry::default(), at, datagram, &mut take);
        receiver.flush(at, &mut take);
        bytes += datagram.len();
    }
    receiver.flush(Mono::from_nanos(u64::MAX), &mut take);
    assert!(receiver.next_deadline().is_none());
    assert!(packets * PACKET_LEN <= bytes);
});
