//! Closed captions of CEA-608 in the picture: named in the playlists, and still there in what is
//! served, as FFmpeg's decoder reads them.

use std::path::Path;
use std::process::Command;

use packager::hls::Resume;
use packager::ts::RawPacket;

use crate::support::{Feed, assemble, folder, settings, text};

const RESUME: [u8; 2] = [0x14, 0x20];
const ERASE: [u8; 2] = [0x14, 0x2e];
const ROW_15: [u8; 2] = [0x14, 0x70];
const SHOW: [u8; 2] = [0x14, 0x2f];
const CLEAR: [u8; 2] = [0x14, 0x2c];

/// What stands in field 1 of each picture: `words` shown once in 50 pictures, for 25.
fn field(words: &str) -> Vec<[u8; 2]> {
    let mut pairs = vec![RESUME, RESUME, ERASE, ERASE, ROW_15, ROW_15];
    let text = words.as_bytes().chunks(2);
    pairs.extend(text.map(|c| [c[0], c.get(1).copied().unwrap_or(0)]));
    pairs.extend([SHOW, SHOW]);
    pairs.resize(25, [0, 0]);
    pairs.extend([CLEAR, CLEAR]);
    pairs.resize(50, [0, 0]);
    pairs
}

/// The SEI of one picture: cc_data with a pair of field 1, and padding in field 2 (A/53 Part 4, 6.2.3;
/// ITU-T H.264, 7.3.2.3).
fn sei(pair: [u8; 2]) -> Vec<u8> {
    let parity = |b: u8| {
        b | if b.count_ones().is_multiple_of(2) {
            0x80
        } else {
            0
        }
    };
    let mut message = vec![0xb5, 0x00, 0x31];
    message.extend(b"GA94");
    message.extend([0x03, 0xc2, 0xff, 0xfc, parity(pair[0]), parity(pair[1])]);
    message.extend([0xfd, 0x80, 0x80, 0xff]);
    let mut nal = vec![0, 0, 0, 1, 6, 4, message.len() as u8];
    nal.extend(message);
    nal.push(0x80);
    nal
}

fn ffmpeg(arguments: &str, output: &Path) {
    let status = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(output)
        .status()
        .unwrap();
    assert!(status.success(), "ffmpeg {arguments}");
}

/// 21 s of picture and sound, whose pictures have `pairs` one after the other.
fn captioned(dir: &Path, pairs: &[[u8; 2]]) -> Vec<RawPacket> {
    let (plain, with) = (dir.join("plain.h264"), dir.join("with.h264"));
    let x264 = "-c:v libx264 -preset ultrafast -g 50 -bf 0 -x264-params slices=1:aud=1";
    ffmpeg(
        &format!("-f lavfi -i testsrc2=size=320x180:rate=25 -t 21 {x264} -f h264"),
        &plain,
    );
    let bytes = std::fs::read(&plain).unwrap();
    let mut pairs = pairs.iter().cycle();
    let mut out = Vec::new();
    let starts: Vec<_> = memchr::memmem::find_iter(&bytes, &[0, 0, 1]).collect();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(bytes.len());
        if matches!(bytes[start + 3] & 0x1f, 1 | 5) {
            out.extend(sei(*pairs.next().unwrap()));
        }
        out.extend(&bytes[start..end]);
    }
    std::fs::write(&with, out).unwrap();
    let joined = dir.join("with.ts");
    let sound = "-f lavfi -i sine=sample_rate=48000 -t 21 -c:v copy -c:a aac -f mpegts";
    ffmpeg(
        &format!(
            "-fflags +genpts -r 25 -f h264 -i {} {sound}",
            with.display()
        ),
        &joined,
    );
    let bytes = std::fs::read(joined).unwrap();
    let packets = bytes.chunks_exact(packager::ts::PACKET_LEN);
    packets.map(|p| p.try_into().unwrap()).collect()
}

/// The captions that FFmpeg's decoder reads in `file`.
fn decoded(file: &Path) -> String {
    let input = format!("movie={}[out+subcc]", file.display());
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &input])
        .args(["-map", "s", "-f", "srt", "-"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn captions_in_the_picture_are_named_and_still_there() {
    let dir = folder("captions");
    let packets = captioned(&dir, &field("XIN CHAO"));
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| {});
    let window = feed.packager.window();
    for list in ["index.m3u8", "ts.m3u8"] {
        let list = text(&window, list);
        let media = "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"captions\",NAME=\"CC1\",\
                     AUTOSELECT=YES,INSTREAM-ID=\"CC1\"";
        assert!(list.contains(media), "{list}");
        assert!(list.contains("CLOSED-CAPTIONS=\"captions\""), "{list}");
        assert_eq!(list.matches("TYPE=CLOSED-CAPTIONS").count(), 1, "{list}");
    }
    let file = assemble(&window, "video", &dir).remove(0);
    let joined = dir.join("joined.ts");
    std::fs::write(&joined, crate::muxed::joined(&window)).unwrap();
    for file in [file, joined] {
        let said = decoded(&file);
        assert_eq!(
            said.matches("XIN CHAO").count(),
            10,
            "{}: {said}",
            file.display()
        );
    }
}

#[test]
fn a_picture_whose_captions_are_empty_has_none_to_name() {
    let dir = folder("no-captions");
    let packets = captioned(&dir, &[[0, 0]]);
    let mut feed = Feed::new(settings(), Resume::default());
    feed.run(&packets, |_, _| {});
    for list in ["index.m3u8", "ts.m3u8"] {
        let list = text(&feed.packager.window(), list);
        assert!(!list.contains("CLOSED-CAPTIONS"), "{list}");
    }
}
