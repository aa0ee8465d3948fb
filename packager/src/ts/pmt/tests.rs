use super::super::descriptor::testing::loops;
use super::super::section::PSI_SECTION_MAX;
use super::super::section::testing::{gather, section_of};
use super::*;
use proptest::prelude::*;

prop_compose! {
    fn pmts()(
        program: u16,
        version in 0u8..32,
        pcr in 0u16..0x2000,
        descriptors in loops(),
        streams in prop::collection::vec((any::<u8>(), 0u16..0x2000, loops()), 0..20),
    ) -> Pmt {
        let stream = |(stream_type, pid, descriptors)| Stream {
            stream_type: StreamType(stream_type),
            pid: Pid::from_bits(pid),
            descriptors,
        };
        let streams = streams.into_iter().map(stream).collect();
        Pmt { program, version, pcr_pid: Pid::from_bits(pcr), descriptors, streams }
    }
}

/// Tags and bodies.
type Loop<'a> = &'a [(u8, &'a [u8])];

fn stream(stream_type: u8, descriptors: Loop<'_>) -> Stream {
    let mut all = Descriptors::new();
    for (tag, body) in descriptors {
        assert!(all.push_raw(*tag, body));
    }
    Stream {
        stream_type: StreamType(stream_type),
        pid: Pid::from_bits(0x100),
        descriptors: all,
    }
}

proptest! {
    #[test]
    fn a_pmt_reads_back(pmt in pmts()) {
        prop_assert_eq!(gather(&pmt.emit(), Pmt::parse, |_, _| {}), pmt);
    }

    #[test]
    fn any_body_is_a_pmt_or_an_error(body in prop::collection::vec(any::<u8>(), 0..1100)) {
        if let Ok(pmt) = Pmt::parse(&Section::new(&section_of(TABLE_ID, &body)).unwrap()) {
            for stream in &pmt.streams {
                let _ = (stream.kind(), stream.language());
            }
        }
    }
}

#[test]
fn streams_beyond_a_section_are_left_out_whole() {
    let one = stream(0x1b, &[(0x80, &[7; 200])]);
    let pmt = Pmt {
        program: 1,
        version: 0,
        pcr_pid: one.pid,
        descriptors: Descriptors::new(),
        streams: vec![one; 30],
    };
    let section = pmt.emit().remove(0);
    assert!(section.len() > PSI_SECTION_MAX && Section::new(&section).unwrap().is_oversized());
    let read = Pmt::parse(&Section::new(&section).unwrap()).unwrap();
    assert_eq!(read.streams, pmt.streams[..19]);
}

#[test]
fn a_loop_that_lies_about_its_length_is_named_with_its_place() {
    let section = section_of(TABLE_ID, &[0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 5, 0x0a]);
    let error = Pmt::parse(&Section::new(&section).unwrap()).unwrap_err();
    assert_eq!(error, TableError::Cut { at: 9 });
}

#[test]
fn a_private_stream_is_what_its_descriptors_say() {
    let cases: [(Loop<'_>, Kind); 9] = [
        (&[(0x0a, b"vie\0"), (0x6a, &[0])], Kind::Audio),
        (&[(0x7a, &[0])], Kind::Audio),
        (&[(0x59, b"fra\x10\0\x01\0\x01")], Kind::Subtitle),
        (&[(0x56, b"fra\x09\0")], Kind::Subtitle),
        (&[(0x05, b"Opus"), (0x7f, &[0x80, 2])], Kind::Audio),
        (&[(0x05, b"AC-3")], Kind::Audio),
        (&[(0x05, b"HEVC")], Kind::Video),
        (&[(0x7c, &[0x58])], Kind::Audio),
        (&[(0x05, b"??")], Kind::Data),
    ];
    for (descriptors, kind) in cases {
        assert_eq!(stream(0x06, descriptors).kind(), kind);
    }
}

#[test]
fn a_registered_name_does_not_change_a_stream_type_of_the_standard() {
    assert_eq!(stream(0x1b, &[(0x05, b"AC-3")]).kind(), Kind::Video);
    assert_eq!(stream(0x87, &[]).kind(), Kind::Audio);
    assert_eq!(stream(0x86, &[(0x05, b"AC-3")]).kind(), Kind::Data);
}

#[test]
fn the_language_is_found_in_sound_and_in_subtitles() {
    let code = |s: Stream| s.language();
    assert_eq!(
        code(stream(0x0f, &[(0x0a, b"VIE\0")])).as_deref(),
        Some("vie")
    );
    assert_eq!(
        code(stream(0x06, &[(0x59, b"fra\x10\0\x01\0\x01")])).as_deref(),
        Some("fra")
    );
    assert_eq!(code(stream(0x0f, &[(0x0a, b"")])), None);
    assert_eq!(code(stream(0x0f, &[(0x0a, b"\0\0\0\0")])), None);
}
