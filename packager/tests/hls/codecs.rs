//! Other codecs in the middle of a channel: by the same source, or by another one.

use packager::hls::{Resume, Settings};

use crate::player::Shown;
use crate::support::{Feed, settings, stream};

const H264: &str = "-c:v libx264";
const H265: &str = "-c:v libx265 -x265-params open-gop=0:log-level=error";
const AAC: &str = "-c:a aac -ac 2";
const MONO: &str = "-c:a aac -ac 1";
const AC3: &str = "-c:a ac3";

/// A channel whose encoder is replaced by one of other codecs every 12.5 s, and a player of it.
fn replaced(settings: Settings) -> Shown {
    let mut shown = Shown::default();
    let mut feed = Feed::new(settings, Resume::default());
    let codecs = [
        (H264, AAC),
        (H265, MONO),
        (H264, AC3),
        (H265, AAC),
        (H264, AAC),
    ];
    for (index, (picture, sound)) in (0u8..).zip(codecs) {
        let packets = stream(&format!(
            "-f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=sample_rate=48000 -t 12.5 \
             {picture} -preset ultrafast -tune zerolatency -g 25 -b:v 1M {sound} -b:a 128k \
             -output_ts_offset {}",
            100.0 + 12.5 * f64::from(index)
        ));
        // The counter of its PMT is by chance the one that the encoder before ended with.
        shown.run(&mut feed, &packets);
    }
    shown
}

#[test]
fn other_codecs_of_a_source_break_no_rule() {
    for low_latency in [false, true] {
        let shown = replaced(Settings {
            low_latency,
            ..settings()
        });
        for list in ["index.m3u8", "ts.m3u8"] {
            let report = shown.judge_list(list);
            let broken = report.broken(&[]);
            assert!(broken.is_empty(), "{list}, {low_latency}: {broken:#?}");
            for rule in ["R13", "R24", "R31", "R40", "R56"] {
                assert!(report.held(rule), "{rule} was not judged");
            }
        }
    }
}
