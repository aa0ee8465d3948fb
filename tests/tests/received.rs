//! What a node sends, as receivers of another make read it: the guide and the number of a channel, and
//! subtitles that are pictures.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dvb_si::demux::{SectionEvent, SiDemux};
use dvb_si::descriptors::AnyDescriptor;
use dvb_si::descriptors::registry::DescriptorRegistry;
use dvb_si::tables::AnyTableSection;
use headend_tests::lab::{Host, Lab};
use headend_tests::node::Node;
use headend_tests::picture::looped;
use headend_tests::receiver::receive;
use packager::ts::{Packet, RawPacket};
use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(40);
const NAME: &str = "Họp Chính phủ";
const NOW: &str = "Giao ban trực tuyến quý IV với các xã, phường";
const LATER: &str = "Ứng phó bão số 9: “bốn tại chỗ”";
const ORIGINATOR: &str = "Văn phòng Chính phủ";
const HOUR: u64 = 3_600;
/// Within which all tables have come: the longest repetition is 10 s (TR 101 211, 4.4).
const ROUND: Duration = Duration::from_secs(11);

fn configuration(more: &str, input: &Path, output: &str) -> String {
    format!(
        "[http]\nlisten = [\"0.0.0.0:8080\"]\n[[channel]]\nid = \"hop\"\nname = \"{NAME}\"\n{more}\n\
         [[channel.input]]\nurl = \"file:{}\"\ncontent = false\n\
         [[channel.output]]\nurl = \"udp://239.84.0.1:5000\"\ninterface = \"n1\"\n{output}\n\
         [channel.hls]\n",
        input.display()
    )
}

fn on_air(node: &Node) {
    let on_air = |c: &Value| c["state"] == "on-air";
    node.until("hop", "on air", PATIENCE, on_air).unwrap();
}

/// What comes to the group in `span`.
fn multicast(lab: &Lab, span: Duration) -> Vec<RawPacket> {
    let (group, own) = (Ipv4Addr::new(239, 84, 0, 1), Ipv4Addr::new(10, 2, 0, 2));
    let receiver = lab.on(Host::Receiver, move || {
        receive(group, 5000, own, span, PATIENCE)
    });
    let capture = receiver.join().unwrap().unwrap();
    capture.packets.iter().map(|(_, packet)| *packet).collect()
}

/// Each version of each section that dvb-si finds, once.
fn sections(packets: &[RawPacket]) -> Vec<SectionEvent> {
    let mut demux = SiDemux::builder().build();
    let found = |packet: &RawPacket| demux.feed(packet).collect::<Vec<_>>();
    packets.iter().flat_map(found).collect()
}

/// An event: title, who holds it, when it begins (Unix seconds) and how long it lasts.
type Event = (String, String, i64, u64);

/// The events of each section of the guide, by table_id and section_number.
fn guide(sections: &[SectionEvent]) -> BTreeMap<(u8, u8), Vec<Event>> {
    let mut guide = BTreeMap::new();
    for section in sections {
        let Ok(AnyTableSection::EitSection(eit)) = section.table_section() else {
            continue;
        };
        let events = eit.events.iter().map(|event| {
            let mut texts = event.descriptors.iter().filter_map(|d| match d {
                Ok(AnyDescriptor::ShortEvent(short)) => Some((
                    short.event_name.decode().into_owned(),
                    short.text.decode().into_owned(),
                )),
                _ => None,
            });
            let (title, text) = texts.next().expect("a short_event_descriptor");
            let start = event.start_time_chrono().expect("a time").timestamp();
            let lasts = event.duration().expect("a span").as_secs();
            (title, text, start, lasts)
        });
        guide.insert((eit.table_id, eit.section_number), events.collect());
    }
    guide
}

/// service_id and logical_channel_number of what the NIT lists.
fn numbers(sections: &[SectionEvent]) -> Vec<(u16, u16)> {
    // It takes the tag for EACEM's only behind EACEM's specifier.
    let mut registry = DescriptorRegistry::new();
    registry.with_logical_channel_for_pds(0x28);
    let mut numbers = Vec::new();
    for section in sections {
        let Ok(AnyTableSection::NitSection(nit)) = section.table_section() else {
            continue;
        };
        let streams = nit.transport_streams.iter();
        for descriptor in streams.flat_map(|s| s.descriptors.iter_with(&registry)) {
            if let Ok(AnyDescriptor::LogicalChannel(listed)) = descriptor {
                let entries = listed.entries.iter();
                numbers.extend(entries.map(|e| (e.service_id, e.logical_channel_number)));
            }
        }
    }
    numbers
}

/// service_id of each service, with whether it has a guide: present and following, and schedule.
fn services(sections: &[SectionEvent]) -> Vec<(u16, bool, bool)> {
    let mut services = Vec::new();
    for section in sections {
        if let Ok(AnyTableSection::SdtSection(sdt)) = section.table_section() {
            let all = sdt.services.iter();
            let flags = all.map(|s| {
                (
                    s.service_id,
                    s.eit_present_following_flag,
                    s.eit_schedule_flag,
                )
            });
            services.extend(flags);
        }
    }
    services
}

/// The time as an operator in Viet Nam writes it.
fn written(at: u64) -> String {
    let mut date = Command::new("date");
    date.args(["-d", &format!("@{at}"), "+%F %H:%M"]);
    let output = date.env("TZ", "Asia/Ho_Chi_Minh").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_receiver_reads_the_meetings_and_the_number_from_the_multicast() {
    let lab = Lab::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let input = looped(&folder).unwrap();
    let input = Path::new(input.strip_prefix("file:").unwrap());
    let text = configuration("number = 7", input, "bitrate = \"3M\"");
    let node = Node::start(&lab, &text).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = now.as_secs() / 60 * 60;
    for (start, span, title) in [(now, "1h30m", NOW), (now + 2 * HOUR, "45m", LATER)] {
        let when = ["--start", &written(start), "--for", span];
        let who = ["--channel", "hop", "--originator", ORIGINATOR, title];
        node.cli(&[&["meeting", "add"][..], &when, &who].concat())
            .unwrap();
    }
    on_air(&node);
    let sections = sections(&multicast(&lab, ROUND));

    let event = |title: &str, start: u64, seconds| {
        let (title, originator) = (title.to_owned(), ORIGINATOR.to_owned());
        (title, originator, start.cast_signed(), seconds)
    };
    let (present, following) = (
        event(NOW, now, HOUR * 3 / 2),
        event(LATER, now + 2 * HOUR, HOUR * 3 / 4),
    );
    let guide = guide(&sections);
    for (number, expected) in [(0, &present), (1, &following)] {
        let section: Vec<&Event> = guide[&(0x4e, number)].iter().collect();
        assert_eq!(section, [expected], "{guide:#?}");
    }
    let schedule = guide.iter().filter(|((table, _), _)| *table >= 0x50);
    let schedule: Vec<&Event> = schedule.flat_map(|(_, events)| events).collect();
    assert_eq!(schedule, [&present, &following]);
    let (service, ..) = services(&sections)[0];
    assert_eq!(services(&sections).last(), Some(&(service, true, true)));
    assert_eq!(numbers(&sections), [(service, 7)]);
}

/// The streams with subtitles by dvb-si: PID and the body of the subtitling_descriptor.
fn subtitles(packets: &[RawPacket]) -> BTreeMap<u16, Vec<u8>> {
    const SUBTITLING: u8 = 0x59;
    let mut found = BTreeMap::new();
    for section in sections(packets) {
        let Ok(AnyTableSection::PmtSection(pmt)) = section.table_section() else {
            continue;
        };
        for stream in &pmt.streams {
            let mut all = stream.es_info.raw_tags();
            if let Some((_, body)) = all.find(|(tag, _)| *tag == SUBTITLING) {
                found.insert(stream.elementary_pid.value(), body.to_vec());
            }
        }
    }
    found
}

/// What the packets of these PIDs carry, each once.
fn carried<'a>(packets: &[RawPacket], pids: impl Iterator<Item = &'a u16>) -> BTreeSet<Vec<u8>> {
    let pids: Vec<u16> = pids.copied().collect();
    let own = packets
        .iter()
        .filter(|p| pids.contains(&Packet::new(p).pid().value()));
    own.map(|p| Packet::new(p).payload().to_vec()).collect()
}

fn capture_with_subtitles() -> Option<PathBuf> {
    let folder = std::env::var_os("HEADEND_STREAMS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/streams"),
        PathBuf::from,
    );
    let file = folder.join("capture-026.ts");
    file.exists().then_some(file)
}

fn read(file: &Path) -> Vec<RawPacket> {
    let bytes = std::fs::read(file).unwrap();
    bytes.as_chunks::<188>().0.to_vec()
}

#[test]
fn subtitles_that_are_pictures_go_out_as_they_came_and_hls_says_that_it_leaves_them_out() {
    let Some(file) = capture_with_subtitles() else {
        eprintln!("skipped: the capture is not here");
        return;
    };
    let source = read(&file);
    let expected = subtitles(&source);
    assert_eq!(expected.keys().collect::<Vec<_>>(), [&140, &142]);
    let pages = carried(&source, expected.keys());

    let lab = Lab::new().unwrap();
    let node = Node::start(&lab, &configuration("", &file, "")).unwrap();
    on_air(&node);
    let sent = multicast(&lab, Duration::from_secs(4));
    let folder = tempfile::tempdir().unwrap();
    let over_http = folder.path().join("hop.ts");
    let mut curl = lab.command(Host::Receiver, "curl");
    curl.args(["-s", "-m", "4", "http://10.2.0.1:8080/ts/hop", "-o"]);
    // It has no end: curl ends it, and says so by its code.
    curl.arg(&over_http).status().unwrap();
    for (way, packets) in [("multicast", sent), ("/ts", read(&over_http))] {
        assert_eq!(subtitles(&packets), expected, "{way}");
        let came = carried(&packets, expected.keys());
        let missing = pages.difference(&came).count();
        // The first of the loop has the counter of its last, as a packet that comes twice.
        assert!(missing <= 1, "{way}: {missing} of {}", pages.len());
    }

    let says = |c: &Value| {
        let alarms = c["alarms"].as_array().into_iter().flatten();
        let texts = alarms.filter_map(|alarm| alarm["text"].as_str());
        texts.filter(|text| text.contains("DVB subtitles")).count() == 2
    };
    node.until("hop", "HLS says what it leaves out", PATIENCE, says)
        .unwrap();
    let mut curl = lab.command(Host::Receiver, "curl");
    let index = curl.args(["-sf", "http://10.2.0.1:8080/hls/hop/index.m3u8"]);
    let index = String::from_utf8(index.output().unwrap().stdout).unwrap();
    let listed = index.contains("video/index.m3u8") && !index.contains("SUBTITLES");
    assert!(listed, "{index}");
}
