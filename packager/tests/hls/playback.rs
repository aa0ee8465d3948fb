//! FFmpeg plays what is made.

use crate::support::{folder, settings, stream, text, tool, window_of, write};

const PLAIN: &str = "-f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000 \
    -t 21 -c:v libx264 -preset ultrafast -g 50 -keyint_min 50 -sc_threshold 0 -b:v 600k -c:a aac -b:a 96k -ac 2 \
    -metadata:s:a:0 language=vie";

#[test]
fn h264_and_aac_play_from_the_multivariant_playlist() {
    let window = window_of(&stream(PLAIN), settings());
    let dir = folder("plain");
    write(&window, &dir);
    println!("{}", text(&window, "index.m3u8"));
    println!("{}", text(&window, "video/index.m3u8"));
    println!("{}", text(&window, "audio/index.m3u8"));
    println!("{:#?}", window.facts());
    let out = tool(
        "ffprobe",
        "-v warning -count_frames -show_entries stream=codec_name,width,height,nb_read_frames,start_time -of compact INPUT",
        &dir.join("index.m3u8"),
    );
    println!("{out}");
}
