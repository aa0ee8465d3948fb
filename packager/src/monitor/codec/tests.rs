use super::*;
use proptest::prelude::*;

/// Bytes from hexadecimal digits. The headers are FFmpeg's (libx264, libx265 and its own coders).
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|d| (d[0] * 16 + d[1]) as u8).collect()
}

fn text(codec: Codec, digits: &str) -> Option<String> {
    Some(codec.read(&hex(digits))?.1.to_string())
}

const H264_HIGH: &str =
    "0000000167640028acd94078044fde0220000003002000000643e2c5b2c00000000168fba3cb22c0";
const H264_BASELINE: &str =
    "000000016742c01fd9005005bb011000003e90000ea600f18324800000000168cb83cb20";
const H265_MAIN: &str = "0000000140010c01ffff01600000030090000003000003005d9598090000000142010101600000030090000003000003005da00280802d165959a4932bc05a020000030002000003003210000000014401c172b46240";
const H265_MAIN10: &str = "0000000140010c01ffff02200000030090000003000003007b9998090000000142010102200000030090000003000003007ba003c08010e4d96666924e57813501010104000003000400000300c820000000014401c172b46240";

#[test]
fn sets_of_h264_tell_profile_level_size_and_rate() {
    assert_eq!(
        text(Codec::H264, H264_HIGH).unwrap(),
        "High 4.0 1920x1080i 25 fps"
    );
    assert_eq!(
        text(Codec::H264, H264_BASELINE).unwrap(),
        "Constrained Baseline 3.1 1280x720 29.97 fps"
    );
}

#[test]
fn sets_of_h265_tell_profile_level_size_and_rate() {
    assert_eq!(
        text(Codec::H265, H265_MAIN).unwrap(),
        "Main 3.1 1280x720 25 fps"
    );
    assert_eq!(
        text(Codec::H265, H265_MAIN10).unwrap(),
        "Main 10 4.1 1920x1080 50 fps"
    );
}

#[test]
fn sequence_headers_tell_size_and_rate() {
    let mpeg2 = "000001b32d024013ffffe018000001b5148200010000000001b80008004000000100000ffff80000";
    let mpeg1 = "000001b316012013ffffe018000001b80008004000000100";
    assert_eq!(
        text(Codec::Mpeg2Video, mpeg2).unwrap(),
        "Main 720x576i 25 fps"
    );
    assert_eq!(text(Codec::Mpeg1Video, mpeg1).unwrap(), "352x288 25 fps");
}

#[test]
fn frame_headers_of_sound_tell_rate_and_channels() {
    let cases = [
        (
            Codec::MpegAudio,
            "fffde404886666776777",
            "layer II 48 kHz stereo",
        ),
        (Codec::Ac3, "0b77b50b1e40ebf8403e", "48 kHz 5.1"),
        (Codec::Ac3, "0b7795cd944043e106bf", "32 kHz stereo"),
        (Codec::Eac3, "0b77037f3f87c00020f8", "48 kHz 5.1"),
        (Codec::AacAdts, "fff15040213ffcde0200", "LC 44.1 kHz mono"),
    ];
    for (codec, header, expected) in cases {
        assert_eq!(text(codec, header).as_deref(), Some(expected));
    }
}

#[test]
fn a_frame_in_the_middle_of_the_data_counts_when_it_comes_again() {
    let mut data = hex("00ff00fffde404886666776777");
    assert_eq!(Codec::MpegAudio.read(&data), None);
    data.extend_from_slice(&hex("0000fffde604"));
    let (codec, detail) = Codec::MpegAudio.read(&data).unwrap();
    assert_eq!(
        format!("{codec} {detail}"),
        "MPEG audio layer II 48 kHz stereo"
    );
}

#[test]
fn aac_that_is_called_mpeg_audio_is_told_by_its_header() {
    let (codec, _) = Codec::MpegAudio.read(&hex("fff15040213ffcde0200")).unwrap();
    assert_eq!(codec, Codec::AacAdts);
}

#[test]
fn a_header_that_is_cut_off_says_nothing() {
    let whole = hex(H265_MAIN10);
    // As far as the size only.
    assert_eq!(
        Codec::H265.read(&whole[..74]).unwrap().1.to_string(),
        "Main 10 4.1 1920x1080"
    );
    assert_eq!(Codec::H265.read(&whole[..50]), None);
    assert_eq!(text(Codec::H264, &H264_BASELINE[..24]), None);
    for codec in [
        Codec::MpegAudio,
        Codec::Ac3,
        Codec::AacAdts,
        Codec::Mpeg2Video,
    ] {
        assert_eq!(codec.read(&[0x0b]), None);
        assert_eq!(codec.read(&[]), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(
        start in prop::sample::select(vec![H264_BASELINE, H265_MAIN, H265_MAIN10, "000001b3", "fff1", "0b77"]),
        keep in 0usize..90,
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut data = hex(start);
        data.truncate(keep.max(6));
        data.extend_from_slice(&noise);
        for codec in [Codec::H264, Codec::H265, Codec::Mpeg1Video, Codec::Mpeg2Video, Codec::MpegAudio, Codec::AacAdts, Codec::Ac3, Codec::Eac3] {
            if let Some((_, detail)) = codec.read(&data) {
                let _ = detail.to_string();
            }
        }
    }
}
