use super::*;
use crate::time::Wall;
use proptest::prelude::*;

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=max)
}

fn languages() -> impl Strategy<Value = Language> {
    any::<[u8; 3]>().prop_map(Language)
}

fn pids() -> impl Strategy<Value = Pid> {
    (0u16..0x2000).prop_map(Pid::from_bits)
}

fn moments() -> impl Strategy<Value = Option<Wall>> {
    prop::option::of((0i64..2_000_000_000).prop_map(|s| Wall::from_unix_nanos(s * 1_000_000_000)))
}

/// A name that fits with another into one descriptor.
fn names() -> impl Strategy<Value = String> {
    "[A-Za-z \u{e0}-\u{ff}\u{1ea0}-\u{1ef9}]{0,40}"
}

prop_compose! {
    fn offsets()(country: [u8; 3], region in 0u8..64, minutes in 1i16..5999, change in moments(), next_minutes in 1i16..5999, west: bool) -> LocalTimeOffset {
        let sign = if west { -1 } else { 1 };
        LocalTimeOffset { country, region, minutes: sign * minutes, change, next_minutes: sign * next_minutes }
    }
}

fn of_coding() -> impl Strategy<Value = Descriptor> {
    let hevc = |(profile, compatibility, constraints, level, rest)| {
        Descriptor::HevcVideo(HevcVideo {
            profile,
            compatibility,
            constraints,
            level,
            rest,
        })
    };
    prop_oneof![
        any::<[u8; 4]>().prop_map(|[profile, constraints, level, flags]| {
            Descriptor::AvcVideo(AvcVideo {
                profile,
                constraints,
                level,
                flags,
            })
        }),
        (
            any::<u8>(),
            any::<u32>(),
            any::<[u8; 6]>(),
            any::<u8>(),
            bytes(100)
        )
            .prop_map(hevc),
        bytes(255).prop_map(Descriptor::Ac3),
        bytes(255).prop_map(Descriptor::Eac3),
        (any::<u8>(), bytes(254)).prop_map(|(profile_and_level, rest)| Descriptor::Aac {
            profile_and_level,
            rest
        }),
    ]
}

fn of_streams() -> impl Strategy<Value = Descriptor> {
    let language = |(language, audio_type)| AudioLanguage {
        language,
        audio_type,
    };
    let page = |(language, kind, magazine, page)| TeletextPage {
        language,
        kind,
        magazine,
        page,
    };
    let subtitle = |(language, kind, composition, ancillary)| Subtitle {
        language,
        kind,
        composition,
        ancillary,
    };
    let pages = (languages(), 0u8..32, 0u8..8, any::<u8>()).prop_map(page);
    let subtitles = (languages(), any::<u8>(), any::<u16>(), any::<u16>()).prop_map(subtitle);
    prop_oneof![
        (any::<[u8; 4]>(), bytes(251))
            .prop_map(|(format, info)| Descriptor::Registration { format, info }),
        (any::<u16>(), pids(), bytes(251)).prop_map(|(system, pid, private)| Descriptor::Ca {
            system,
            pid,
            private
        }),
        prop::collection::vec((languages(), any::<u8>()).prop_map(language), 0..63)
            .prop_map(Descriptor::Languages),
        any::<u8>().prop_map(Descriptor::StreamIdentifier),
        prop::collection::vec(pages, 0..51).prop_map(Descriptor::Teletext),
        prop::collection::vec(subtitles, 0..31).prop_map(Descriptor::Subtitling),
        (any::<u16>(), bytes(253))
            .prop_map(|(id, selector)| Descriptor::DataBroadcastId { id, selector }),
    ]
}

fn of_services() -> impl Strategy<Value = Descriptor> {
    let channel = |(service, visible, number)| LogicalChannel {
        service,
        visible,
        number,
    };
    prop_oneof![
        names().prop_map(Descriptor::NetworkName),
        prop::collection::vec(any::<(u16, u8)>(), 0..85).prop_map(Descriptor::ServiceList),
        (any::<u8>(), names(), names()).prop_map(|(service_type, provider, name)| {
            Descriptor::Service(Service {
                service_type,
                provider,
                name,
            })
        }),
        (languages(), names(), names()).prop_map(|(language, name, text)| {
            Descriptor::ShortEvent(ShortEvent {
                language,
                name,
                text,
            })
        }),
        prop::collection::vec(offsets(), 0..19).prop_map(Descriptor::LocalTimeOffsets),
        any::<u32>().prop_map(Descriptor::PrivateDataSpecifier),
        prop::collection::vec(
            (any::<u16>(), any::<bool>(), 0u16..1024).prop_map(channel),
            0..63
        )
        .prop_map(Descriptor::LogicalChannels),
    ]
}

proptest! {
    #[test]
    fn a_descriptor_reads_back(descriptor in prop_oneof![of_coding(), of_streams(), of_services()]) {
        prop_assert_eq!(Descriptor::parse(descriptor.tag(), &descriptor.body()), descriptor);
    }

    #[test]
    fn a_loop_reads_back(all in prop::collection::vec(prop_oneof![of_coding(), of_streams(), of_services()], 0..12)) {
        let descriptors: Descriptors = all.iter().cloned().collect();
        prop_assert_eq!(Descriptors::from_bytes(descriptors.bytes()), descriptors.clone());
        prop_assert_eq!(descriptors.iter().collect::<Vec<_>>(), all);
    }

    #[test]
    fn any_body_is_a_descriptor_of_its_tag(tag: u8, body in bytes(255)) {
        let descriptor = Descriptor::parse(tag, &body);
        prop_assert_eq!(descriptor.tag(), tag);
        prop_assert!(descriptor.body().len() <= BODY_MAX);
    }

    #[test]
    fn any_bytes_are_a_loop_of_whole_descriptors(bytes in bytes(255)) {
        let descriptors = Descriptors::from_bytes(&bytes);
        prop_assert!(bytes.starts_with(descriptors.bytes()));
        let length: usize = descriptors.raw().map(|(_, body)| 2 + body.len()).sum();
        prop_assert_eq!(length, descriptors.bytes().len());
    }
}

#[test]
fn a_descriptor_cut_off_ends_the_loop_before_it() {
    let descriptors = Descriptors::from_bytes(&[0x52, 1, 7, 0x0a, 4, b'v', b'i']);
    assert_eq!(
        descriptors.iter().collect::<Vec<_>>(),
        [Descriptor::StreamIdentifier(7)]
    );
}

#[test]
fn a_body_that_is_not_as_its_tag_demands_is_kept_as_bytes() {
    for (tag, body) in [
        (tag::LANGUAGE, b"vie".as_slice()),
        (tag::SERVICE, &[1, 9, b'x']),
        (tag::CA, &[1]),
    ] {
        assert_eq!(
            Descriptor::parse(tag, body),
            Descriptor::Other {
                tag,
                body: body.to_vec()
            }
        );
    }
}

#[test]
fn entries_and_names_beyond_a_body_are_left_out_whole() {
    let language = AudioLanguage {
        language: Language(*b"vie"),
        audio_type: 0,
    };
    assert_eq!(Descriptor::Languages(vec![language; 100]).body().len(), 252);
    let long = "ộ".repeat(100);
    let service = Service {
        service_type: 1,
        provider: long.clone(),
        name: long.clone(),
    };
    let body = Descriptor::Service(service).body();
    let Descriptor::Service(read) = Descriptor::parse(tag::SERVICE, &body) else {
        panic!("{body:?}");
    };
    assert!(read.name.len() > 240 && long.starts_with(&read.name) && read.provider.is_empty());
}

#[test]
fn a_full_loop_takes_no_more() {
    let mut descriptors = Descriptors::new();
    while descriptors.push_raw(0x80, &[0; 200]) {}
    assert_eq!(descriptors.raw().count(), LOOP_MAX / 202);
    assert!(!descriptors.push_raw(0x80, &[0; 300]));
    let mut cut = Vec::new();
    descriptors.emit12(1023, RESERVED, &mut cut);
    assert_eq!(cut.len(), 2 + 5 * 202);
}

#[test]
fn retained_descriptors_keep_their_order() {
    let mut descriptors = Descriptors::from_bytes(&[1, 0, 2, 1, 9, 3, 0]);
    descriptors.retain(|tag, _| tag != 1);
    assert_eq!(descriptors.bytes(), [2, 1, 9, 3, 0]);
    assert_eq!(descriptors.find(2), Some([9].as_slice()));
    assert_eq!(descriptors.find(1), None);
}
