//! What boxes, televisions and browsers can play: codec, size, sound, rate, distance of key
//! pictures.

use std::time::Duration;

use super::{Line, say};
use crate::cause::Text;
use crate::snapshot::{HlsSnapshot, InputSnapshot, InputState, StreamSnapshot};

/// Level 4.1 is 1920x1080 at 30 frames a second: what every box with H.264 decodes.
const LEVEL: u32 = 41;
/// HLS cuts at key pictures, and a viewer enters at one: a longer wait is seen at each change of
/// channel and each switch.
const GOP: Duration = Duration::from_secs(4);
/// The longest segment that the packager waits for a key picture.
const GOP_WORST: Duration = Duration::from_secs(10);

/// The lines of an input's programme.
pub(crate) fn judge(input: &InputSnapshot, hls: Option<&HlsSnapshot>, place: &str) -> Vec<Line> {
    let Some(program) = &input.program else {
        let text = say("no programme is known", "chưa biết chương trình nào");
        return vec![Line::unknown("profile", place, text)];
    };
    let of = |kind: &str| program.streams.iter().find(|s| s.kind == kind);
    let comes = |s: &&StreamSnapshot| s.bitrate_bits_per_second > 0;
    let makes = |what: &str| {
        let made = |hls: &HlsSnapshot| hls.ladder.iter().any(|worker| worker.makes == what);
        hls.is_some_and(|hls| hls.transcoder.is_some() || made(hls))
    };
    let mut lines = Vec::new();
    match of("video").filter(comes) {
        Some(video) if input.state != InputState::NoPicture => {
            lines.push(video_line(
                &video.codec,
                hls.is_some() && !makes("pictures"),
                place,
            ));
            let apart = input.key_pictures_seconds;
            let apart = apart.and_then(|apart| Duration::try_from_secs_f64(apart).ok());
            lines.push(key_pictures(apart, Duration::ZERO, place));
        }
        _ => lines.push(sound_only(of("audio").is_some(), place)),
    }
    if let Some(audio) = of("audio") {
        lines.push(audio_line(
            &audio.codec,
            hls.is_some() && !makes("sound"),
            place,
        ));
    }
    lines
}

/// A common MCU hands a High Profile conference on as sound alone, without an error.
fn sound_only(has_sound: bool, place: &str) -> Line {
    let text = match has_sound {
        true => say(
            "sound only: no picture comes with it",
            "chỉ có tiếng: không có hình đi kèm",
        ),
        false => say("no picture comes", "không có hình"),
    };
    Line::critical("profile", place, text).fix(say(
        "set the MCU's stream to H.264 Baseline or Main (one that is High Profile may come out as sound alone), then look again with `headend probe`",
        "đặt luồng của MCU về H.264 Baseline hoặc Main (luồng High Profile có thể chỉ ra tiếng), rồi xem lại bằng `headend probe`",
    ))
}

/// What a description such as `H.264 High 4.0 1920x1080i 25 fps` says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Picture<'a> {
    profile: &'a str,
    /// Level times ten.
    level: Option<u32>,
    width: u32,
    height: u32,
    interlaced: bool,
}

fn picture(detail: &str) -> Option<Picture<'_>> {
    let words = detail.split(' ');
    let size = words.clone().find_map(|word| {
        let (width, height) = word.split_once('x')?;
        let interlaced = height.ends_with('i');
        let height = height.trim_end_matches('i').parse().ok()?;
        Some((word, width.parse().ok()?, height, interlaced))
    });
    let (word, width, height, interlaced) = size?;
    let before = detail.split(word).next()?.trim_end();
    let (profile, level) = match before.rsplit_once(' ') {
        Some((profile, last)) => (profile, tenths(last)),
        None => ("", tenths(before)),
    };
    Some(Picture {
        profile: if level.is_some() { profile } else { before },
        level,
        width,
        height,
        interlaced,
    })
}

/// `4.1` is 41.
fn tenths(level: &str) -> Option<u32> {
    let (whole, tenth) = level.split_once('.')?;
    Some(whole.parse::<u32>().ok()? * 10 + tenth.parse::<u32>().ok()?)
}

fn video_line(codec: &str, for_hls: bool, place: &str) -> Line {
    let found = Text::new(codec, codec);
    let line = |make: fn(&'static str, &str, Text) -> Line| make("profile", place, found.clone());
    let encoder = |en: &str, vi: &str| {
        say(
            format!("set the encoder {en}"),
            format!("đặt bộ mã hóa {vi}"),
        )
    };
    if codec.starts_with("H.265") {
        return line(Line::warning).fix(encoder(
            "to H.264: browsers and older boxes have no H.265",
            "về H.264: trình duyệt và đầu thu cũ không có H.265",
        ));
    }
    if codec.starts_with("MPEG-2 video") {
        if !for_hls {
            return line(Line::good);
        }
        return line(Line::critical).fix(say(
            "HLS cannot carry MPEG-2: set `transcode = true` in [channel.hls], or the encoder to H.264",
            "HLS không mang được MPEG-2: đặt `transcode = true` trong [channel.hls], hoặc bộ mã hóa về H.264",
        ));
    }
    let Some(detail) = codec.strip_prefix("H.264") else {
        return line(Line::critical).fix(encoder("to H.264", "về H.264"));
    };
    let Some(picture) = picture(detail.trim_start()) else {
        return line(Line::unknown).fix(say(
            "no parameter set came yet; have the encoder send one with each key picture",
            "chưa có bộ tham số; hãy cho bộ mã hóa gửi kèm mỗi hình khóa",
        ));
    };
    match picture {
        Picture { profile, .. }
            if !["Constrained Baseline", "Baseline", "Main", "High"].contains(&profile) =>
        {
            line(Line::critical).fix(encoder(
                "to Main or High: boxes and browsers show no picture with other profiles, only sound",
                "về Main hoặc High: với profile khác, đầu thu và trình duyệt chỉ có tiếng",
            ))
        }
        Picture { interlaced: true, .. } => line(Line::warning).fix(encoder(
            "to progressive (25p): browsers do not deinterlace",
            "về quét lũy tiến (25p): trình duyệt không khử đan xen",
        )),
        Picture { level, .. } if level.is_none_or(|level| level > LEVEL) => {
            line(Line::warning).fix(encoder(
                "to level 4.1 or less: older boxes refuse more",
                "về level 4.1 trở xuống: đầu thu cũ không nhận cao hơn",
            ))
        }
        Picture { width, height, .. } if width > 1920 || height > 1088 => {
            line(Line::warning).fix(encoder("to 1920x1080 at most", "nhiều nhất 1920x1080"))
        }
        _ => line(Line::good),
    }
}

fn audio_line(codec: &str, for_hls: bool, place: &str) -> Line {
    let found = Text::new(codec, codec);
    let line =
        |make: fn(&'static str, &str, Text) -> Line| make("sound-profile", place, found.clone());
    let to_aac = say(
        "set the encoder's sound to AAC-LC, 48 kHz, stereo",
        "đặt tiếng của bộ mã hóa về AAC-LC, 48 kHz, stereo",
    );
    let is_aac = codec.starts_with("AAC") && !codec.contains("LATM");
    let is_mpeg = codec.starts_with("MPEG audio");
    match () {
        () if !is_aac && for_hls => line(Line::critical).fix(say(
            "HLS carries AAC alone: set `transcode = true` in [channel.hls], or the encoder's sound to AAC-LC",
            "HLS chỉ mang AAC: đặt `transcode = true` trong [channel.hls], hoặc tiếng của bộ mã hóa về AAC-LC",
        )),
        () if !is_aac && !is_mpeg => line(Line::warning).fix(to_aac),
        () if !codec.contains(" 48 kHz") => line(Line::warning).fix(to_aac),
        () if !codec.contains("stereo") && !codec.contains("mono") => {
            line(Line::warning).fix(to_aac)
        }
        () => line(Line::good),
    }
}

/// How far key pictures were apart: the longest of `looked`, none where fewer than two came.
pub(crate) fn key_pictures(longest: Option<Duration>, looked: Duration, place: &str) -> Line {
    let check = "key-pictures";
    let fix = say(
        "set the encoder's key picture interval (GOP) to 2 s, closed, and forbid it to vary",
        "đặt khoảng cách hình khóa (GOP) của bộ mã hóa là 2 s, đóng, không thay đổi",
    );
    let apart = longest.map(|span| span.as_secs_f64());
    let text = match apart {
        Some(apart) => say(
            format!("a key picture each {apart:.1} s at most"),
            format!("cách nhau nhiều nhất {apart:.1} s"),
        ),
        None => say(
            format!("fewer than two in {:.0} s", looked.as_secs_f64()),
            format!("chưa đến hai trong {:.0} s", looked.as_secs_f64()),
        ),
    };
    match longest {
        Some(span) if span <= GOP => Line::good(check, place, text),
        Some(span) if span <= GOP_WORST => Line::warning(check, place, text).fix(fix),
        Some(_) => Line::critical(check, place, text).fix(fix),
        None if looked > GOP_WORST * 2 => Line::critical(check, place, text).fix(fix),
        None if looked > GOP * 2 => Line::warning(check, place, text).fix(fix),
        None => Line::unknown(check, place, text),
    }
}
