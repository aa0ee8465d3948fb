//! The whole chain with an output at a constant rate and one at the source's pace: what leaves is
//! whole packets, and the tap goes to HLS.
#![no_main]

use std::hint::black_box;

use headend_fuzz::feed::{datagrams, framing, packager};
use libfuzzer_sys::fuzz_target;
use packager::chain::{Chain, OutputSettings, Settings};
use packager::emit::Format;
use packager::receive::Framing;
use packager::remux;
use packager::select::Policy;
use packager::shape::Overflow;
use packager::time::Bitrate;
use packager::ts::{PACKET_LEN, Packet, RawPacket, SYNC_BYTE};

fuzz_target!(|data: &[u8]| {
    let Some((&options, feed)) = data.split_first() else {
        return;
    };
    let output = |bitrate, format| OutputSettings {
        bitrate,
        overflow: match options & 2 {
            0 => Overflow::KeepSound,
            _ => Overflow::DropAll,
        },
        format,
        fec: None,
    };
    let rtp = Format::Rtp {
        ssrc: 1,
        sequence: 65_530,
    };
    let mut chain = Chain::new(Settings {
        inputs: vec![framing(options).into(), Framing::Ts.into()],
        program: (options & 4 != 0).then_some(1),
        policy: Policy::default(),
        slate: false,
        remux: remux::Settings {
            service_name: "Họp".into(),
            number: (options & 8 != 0).then_some(7),
            first_version: options >> 3,
        },
        outputs: vec![
            output(Bitrate::from_bits_per_second(2_000_000), Format::Udp),
            output(None, rtp),
        ],
    });
    let mut packager = packager();
    for (at, wall, datagram) in datagrams(feed) {
        let mut tap = |packet: &RawPacket| {
            assert_eq!(packet[0], SYNC_BYTE);
            black_box(packager.push(wall, packet));
        };
        let input = usize::from(datagram.len() % 64 == 63);
        chain.push(input, at, datagram, &mut tap);
        chain.tick(at, wall, &mut tap);
        chain.pull(at, &mut |output, _, _, datagram| {
            let packets = &datagram[output * 12..];
            assert!(packets.len() % PACKET_LEN == 0 && packets.len() <= 7 * PACKET_LEN);
            for packet in packets.as_chunks::<PACKET_LEN>().0 {
                assert!(Packet::new(packet).has_sync());
            }
        });
    }
});
