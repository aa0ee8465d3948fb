//! Parts where pictures do not come evenly, and where one source follows another: as long as the
//! rules say, and together their segment.

use packager::hls::Resume;
use packager::ts::RawPacket;

use crate::low_latency::{PACKED, low};
use crate::player::Shown;
use crate::support::{Feed, assemble, folder, stream, tool};

const INPUT: &str =
    "-f lavfi -i testsrc2=size=128x72:rate=25 -f lavfi -i sine=sample_rate=48000 -t 90";
const VIDEO: &str = "-c:v libx264 -preset ultrafast -sc_threshold 0 -b:v 100k";

fn shown(packets: &[RawPacket]) -> Shown {
    let mut shown = Shown::default();
    shown.run(&mut Feed::new(low(), Resume::default()), packets);
    shown
}

/// Pictures of which now and then some are not made, each time one more up to `most`: at every
/// place of a part, and before key pictures.
fn skipped(most: u32) -> Vec<RawPacket> {
    let select = format!("select='gte(mod(n\\,67)\\,mod(floor(n/67)\\,{most}))'");
    let keys = "-force_key_frames expr:gte(t,n_forced*2) -bf 0";
    stream(&format!(
        "{INPUT} -vf {select} -fps_mode vfr {VIDEO} {keys} -c:a aac {PACKED}"
    ))
}

/// The same of pictures that are lost on the way, but for key pictures.
fn lost(most: u32, options: &str) -> Vec<RawPacket> {
    let drop = format!("noise=drop=not(key)*lt(mod(n\\,67)\\,mod(floor(n/67)\\,{most}))");
    stream(&format!(
        "{INPUT} {VIDEO} -g 50 {options} -bsf:v {drop} -c:a aac {PACKED}"
    ))
}

#[test]
fn a_picture_that_stands_longer_than_its_part_has_left_makes_no_part_too_short_or_too_long() {
    for (what, packets) in [
        ("skipped", skipped(10)),
        ("lost", lost(10, "-bf 0")),
        ("lost with B pictures", lost(8, "-bf 3")),
    ] {
        let shown = shown(&packets);
        assert_eq!(shown.judge().broken(&[]), Vec::<String>::new(), "{what}");
        let last = shown.windows().last().expect("windows");
        assert_eq!(last.facts().faults.leaps, 0, "{what}");
    }
}

#[test]
fn holes_of_a_second_make_no_part_too_long_either() {
    for packets in [skipped(30), lost(30, "-bf 3")] {
        // While nothing comes no part can, and a segment has to end before the next key picture.
        let report = shown(&packets).judge();
        assert_eq!(report.broken(&["R64", "R24"]), Vec::<String>::new());
    }
}

#[test]
fn a_source_of_five_or_three_pictures_a_second_has_whole_parts() {
    for rate in [3, 5, 12] {
        let input = INPUT.replace("rate=25", &format!("rate={rate}"));
        let packets = stream(&format!(
            "{input} {VIDEO} -g {} -c:a aac {PACKED}",
            2 * rate
        ));
        let report = shown(&packets).judge();
        assert_eq!(report.broken(&["R64"]), Vec::<String>::new(), "{rate}");
    }
}

/// When the pictures of a file are shown, in 90 kHz.
fn times(file: &std::path::Path) -> Vec<i64> {
    let entries = "-select_streams v -show_entries packet=pts -of csv=p=0 INPUT";
    let said = tool("ffprobe", entries, file);
    let lines = said.lines().map(|line| line.trim_end_matches(','));
    let mut times: Vec<i64> = lines.filter_map(|pts| pts.parse().ok()).collect();
    times.sort_unstable();
    times
}

#[test]
fn every_picture_is_shown_when_its_source_says() {
    let dir = folder("shown");
    for packets in [skipped(10), lost(8, "-bf 3")] {
        let source = dir.join("source.ts");
        std::fs::write(&source, packets.concat()).expect("writable");
        let mut feed = Feed::new(low(), Resume::default());
        feed.run(&packets, |_, _| {});
        let files = assemble(&feed.packager.window(), "video", &dir);
        assert_eq!(files.len(), 1);
        let (made, sent) = (times(&files[0]), times(&source));
        let begin = sent.iter().position(|at| *at == made[0]);
        let begin = begin.expect("the first picture is the source's");
        assert_eq!(made, sent[begin..begin + made.len()]);
        assert!(made.len() > 600, "{} pictures of 30 s", made.len());
    }
}

/// A source of its own from `offset` on.
fn source(size: &str, sound: u32, options: &str, offset: f64) -> Vec<RawPacket> {
    stream(&format!(
        "-f lavfi -i testsrc2=size={size}:rate=25 -f lavfi -i sine=sample_rate={sound} -t 20 \
         {VIDEO} -g 50 {options} -c:a aac -b:a 48k {PACKED} -output_ts_offset {offset}"
    ))
}

#[test]
fn parts_are_together_not_longer_than_their_segment_where_another_source_follows() {
    for [before, after] in [["-bf 0", "-bf 0"], ["-bf 3", "-bf 0"], ["-bf 0", "-bf 3"]] {
        for [from, to] in [[48_000, 48_000], [44_100, 44_100], [44_100, 48_000]] {
            for late in [0.0, 0.1, 0.35] {
                for size in ["192x108", "128x72"] {
                    let mut packets = source("128x72", from, before, 100.0);
                    packets.extend(source(size, to, after, 120.04 + late));
                    let what = format!("{before} {after}, {from} {to}, {late} s late, {size}");
                    let report = shown(&packets).judge();
                    // Between the two there is a hole.
                    assert_eq!(report.broken(&["R64"]), Vec::<String>::new(), "{what}");
                    assert!(report.held("R63"), "{what}");
                }
            }
        }
    }
}
