//! Subtitles of teletext: FFmpeg's decoder reads what goes in, and what comes out says the same at the
//! same times.

use packager::hls::{Resume, Settings, Window};
use packager::ts::descriptor::{Descriptor, Language, Subtitle};
use packager::ts::pmt::{Pmt, Stream, StreamType};
use packager::ts::section::SectionAssembler;
use packager::ts::{Packet, Pid, RawPacket, section};

use crate::player::Shown;
use crate::rules::{Follower, parse};
use crate::support::{Feed, capture, folder, settings, stream, text, tool};
use crate::teletext::{begin, subtitled};

const PMT_PID: Pid = Pid::from_bits(0x1000);
const CAPTIONS: [(i64, i64, &str); 4] = [
    (1_000, 2_400, "Xin moi cac dong chi"),
    (3_500, 6_500, "vao phong hop so 2"),
    (8_000, 8_800, "Ket noi: 63 diem cau"),
    (12_000, 14_000, "Nghi giai lao"),
];

fn input(seconds: u32, more: &str) -> Vec<RawPacket> {
    let inputs = "-f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=sample_rate=48000";
    let codecs = "-c:v libx264 -preset ultrafast -bf 0 -g 50 -c:a aac";
    let plain = stream(&format!("{inputs} -t {seconds} {codecs} {more}"));
    subtitled(&plain, &CAPTIONS)
}

/// Captions of the listed segments: from, to, text, in milliseconds of the programme's 33 bits.
fn shown(window: &Window) -> Vec<(i64, i64, String)> {
    let millis = |stamp: &str| -> i64 {
        let (hours, rest) = stamp.split_once(':').unwrap();
        let (minutes, seconds) = rest.split_once(':').unwrap();
        let whole = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
        whole * 60_000 + (seconds.parse::<f64>().unwrap() * 1000.0).round() as i64
    };
    let mut all: Vec<(i64, i64, String)> = Vec::new();
    for segment in parse(&text(window, "subtitles/index.m3u8")).segments {
        let body = text(window, &format!("subtitles/{}", segment.uri));
        let (head, cues) = body.split_once("\n\n").unwrap_or((&body, ""));
        let (_, mpegts) = head.trim().rsplit_once(':').unwrap();
        let zero = mpegts.parse::<i64>().unwrap() / 90;
        for cue in cues.split("\n\n").filter(|cue| !cue.is_empty()) {
            let (times, words) = cue.split_once('\n').unwrap();
            let (from, to) = times.split_once(" --> ").unwrap();
            let (from, to) = (zero + millis(from), zero + millis(to));
            let words = words.trim_end().to_owned();
            match all
                .last_mut()
                .filter(|last| last.2 == words && (last.1 - from).abs() <= 1)
            {
                Some(last) => last.1 = to,
                None => all.push((from, to, words)),
            }
        }
    }
    all
}

#[test]
fn what_the_decoder_reads_in_the_source_is_shown_at_the_same_times() {
    let dir = folder("subtitles");
    let packets = input(21, "");
    let source = dir.join("source.ts");
    std::fs::write(&source, packets.concat()).unwrap();
    let read = tool(
        "ffmpeg",
        "-txt_format text -i INPUT -map 0:s -f srt -",
        &source,
    );
    let mut follower = Follower::default();
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, window| follower.see(&window));
    let window = feed.packager.window();
    let shown = shown(&window);
    assert_eq!(shown.len(), CAPTIONS.len(), "{shown:?}");
    let zero = shown[0].0 - CAPTIONS[0].0;
    for ((from, to, text), (since, until, words)) in CAPTIONS.iter().zip(&shown) {
        assert!(read.contains(text), "{read}");
        assert_eq!(words, text);
        let late = [since - zero - from, until - zero - to].map(i64::abs);
        assert!(late.iter().all(|ms| *ms <= 1), "{text}: {since} to {until}");
    }
    assert!(
        (zero - begin(&packets).ticks() as i64 / 90).abs() <= 1,
        "{zero}"
    );
    let list = text(&window, "index.m3u8");
    let media = "#EXT-X-MEDIA:TYPE=SUBTITLES,URI=\"subtitles/index.m3u8\",GROUP-ID=\"subtitles\",\
                 LANGUAGE=\"vi\",NAME=\"Tiếng Việt\",AUTOSELECT=YES";
    assert!(list.contains(media), "{list}");
    assert!(list.contains("SUBTITLES=\"subtitles\""), "{list}");
}

#[test]
fn subtitles_break_no_rule_over_a_leap_and_a_restart() {
    let mut shown = Shown::default();
    let mut feed = Feed::new(settings(), Resume::default());
    shown.run(&mut feed, &input(20, ""));
    shown.run(&mut feed, &input(20, "-output_ts_offset 95430"));
    let (journal, now) = (feed.packager.journal(), feed.now);
    shown.away(now);
    let mut feed = Feed::new(settings(), journal);
    feed.now = now + 3_000_000_000;
    shown.run(&mut feed, &input(20, ""));
    let report = shown.judge();
    let broken = report.broken(&[]);
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn with_low_latency_they_are_left_out_in_words() {
    let mut feed = Feed::new(
        Settings {
            low_latency: true,
            ..settings()
        },
        Resume::default(),
    );
    feed.run(&input(8, ""), |_, _| {});
    let window = feed.packager.window();
    assert!(!text(&window, "index.m3u8").contains("SUBTITLES"));
    let said = "subtitles of teletext are left out with low latency";
    assert!(window.facts().notices.iter().any(|n| n == said));
}

#[test]
fn subtitles_that_are_pictures_are_named_and_left_out() {
    let Some(packets) = capture("capture-026.ts") else {
        return;
    };
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| {});
    let window = feed.packager.window();
    let notices = window.facts().notices.iter();
    let pictures = notices.filter(|notice| notice.contains("DVB subtitles"));
    assert_eq!(pictures.count(), 2, "{:?}", window.facts().notices);
}

/// `input` with its PMTs from packet `from` on as `change` leaves them.
fn retold(input: &[RawPacket], from: usize, change: impl Fn(&mut Pmt)) -> Vec<RawPacket> {
    let (mut assembler, mut out) = (SectionAssembler::new(), Vec::new());
    let mut tables = section::Packetizer::new(PMT_PID);
    for (index, packet) in input.iter().enumerate() {
        let view = Packet::new(packet);
        if view.pid() != PMT_PID {
            out.push(*packet);
            continue;
        }
        let mut found = None;
        assembler.push(view, |section| found = Pmt::parse(&section.unwrap()).ok());
        if let Some(mut pmt) = found {
            if index >= from {
                pmt.version = (pmt.version + 1) & 0x1f;
                change(&mut pmt);
            }
            tables.push(pmt.emit(), |packet| out.push(*packet));
        }
    }
    out
}

/// Subtitles that are pictures.
fn pictures(pmt: &mut Pmt) {
    let subtitle = Subtitle {
        language: Language(*b"vie"),
        kind: 0x10,
        composition: 1,
        ancillary: 1,
    };
    pmt.streams.push(Stream {
        stream_type: StreamType::PRIVATE_PES,
        pid: Pid::from_bits(0x130),
        descriptors: [Descriptor::Subtitling(vec![subtitle])]
            .into_iter()
            .collect(),
    });
}

fn english(pmt: &mut Pmt) {
    for stream in &mut pmt.streams {
        let all = stream
            .descriptors
            .iter()
            .map(|descriptor| match descriptor {
                Descriptor::Teletext(pages) => {
                    let mut pages = pages.clone();
                    pages
                        .iter_mut()
                        .for_each(|page| page.language = Language(*b"eng"));
                    Descriptor::Teletext(pages)
                }
                other => other.clone(),
            });
        stream.descriptors = all.collect();
    }
}

#[test]
fn what_a_pmt_says_of_streams_that_are_not_carried_disturbs_nobody() {
    let packets = input(21, "");
    for change in [pictures, english] {
        let (mut shown, mut follower) = (Shown::default(), Follower::default());
        let mut feed = Feed::new(settings(), Resume::default());
        let told = retold(&packets, packets.len() / 2, change);
        shown.run(&mut feed, &told);
        let window = feed.packager.window();
        follower.see(&window);
        let facts = window.facts();
        assert_eq!(facts.segments, 10, "{facts:?}");
        let list = text(&window, "video/index.m3u8");
        assert!(!list.contains("DISCONTINUITY\n"), "{list}");
        let texts = parse(&text(&window, "subtitles/index.m3u8"));
        assert_eq!(texts.segments.len(), 10, "the first language stays listed");
        let report = shown.judge();
        let broken = report.broken(&[]);
        assert!(broken.is_empty(), "{broken:#?}");
    }
}
