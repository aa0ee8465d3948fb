//! Subtitles that a hall chooses: of teletext, put into a looped file.

use headend_tests::sim::{generated, h264};
use packager::ts::RawPacket;

use super::{CHANNELS, walk_in};

#[path = "../../../packager/tests/hls/teletext.rs"]
mod teletext;

const SECONDS: u32 = 30;
/// What is said, each for a while, over and over.
const CAPTIONS: [(i64, i64, &str); 4] = [
    (1_000, 7_000, "Xin moi cac dong chi"),
    (8_000, 14_000, "vao phong hop so 2"),
    (15_000, 21_000, "Ket noi: 63 diem cau"),
    (22_000, 28_000, "Nghi giai lao"),
];

#[test]
fn subtitles_are_chosen_in_the_menu_seen_above_the_controls_and_turned_off_again() {
    subtitled("chromium");
}

pub(super) fn subtitled(browser: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut encode = h264("1M");
    encode.extend(["-s", "640x360"]);
    let plain = generated("h264-small", SECONDS, &encode).unwrap();
    let packets: Vec<RawPacket> = plain.as_chunks().0.to_vec();
    let file = folder.path().join("subtitled.ts");
    std::fs::write(&file, teletext::subtitled(&packets, &CAPTIONS).concat()).unwrap();
    let source = format!("file:{}", file.display());
    walk_in(
        browser,
        "subtitles",
        &CHANNELS.replacen("test:?size=640x360&rate=25&bitrate=1M", &source, 1),
    );
}
