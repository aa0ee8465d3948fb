//! The channel and its inputs, as the node shows them.

use super::{Line, say};
use crate::cause::{Severity, reason};
use crate::snapshot::{ChannelSnapshot, ChannelState, ComparisonSnapshot, InputSnapshot};

/// What broadcasters aim at (EBU R 128).
const LOUDNESS: f64 = -23.0;
/// Speech in a hall, with its pauses and its many microphones, swings by so much around the mean
/// although nothing is wrong; the ±2 LU of a finished programme would cry wolf.
const SPEECH: f64 = 5.0;
/// So quiet that nobody at the far end of a room understands it.
const INAUDIBLE: f64 = -45.0;
/// Sound and picture apart, seconds (`sound-apart` of `headend why` has the same limits).
const APART: f64 = 0.045;
const APART_WORST: f64 = 0.125;

/// How loud an input was over the look, LUFS; each a short-term value of EBU R 128.
pub(crate) type Loudness = Vec<f64>;

/// The lines of a channel; `loudness` of each input.
pub(crate) fn judge(channel: &ChannelSnapshot, loudness: &[Loudness]) -> Vec<Line> {
    let mut lines = vec![state(channel)];
    if channel.state == ChannelState::Stopped {
        return lines;
    }
    lines.extend(incidents(channel));
    for (index, input) in channel.inputs.iter().enumerate() {
        let place = format!("{} input {index}", channel.id);
        lines.push(live(input, &place));
        let heard = loudness.get(index).map_or(&[][..], Vec::as_slice);
        lines.push(sound(input, heard, &place));
        lines.extend(picture(input, &place));
        lines.extend(sync(input, &place));
    }
    lines.extend(same_programme(channel));
    lines
}

fn state(channel: &ChannelSnapshot) -> Line {
    let (check, id) = ("on-air", channel.id.as_str());
    match (channel.state, channel.on_air) {
        (ChannelState::OnAir, Some(input)) => Line::good(
            check,
            id,
            say(
                format!("on air from input {input}"),
                format!("đang phát từ đầu vào {input}"),
            ),
        ),
        (ChannelState::Stopped, _) => {
            Line::critical(check, id, say("the channel is stopped", "kênh đang dừng")).fix(say(
                format!("start it: headend channel start {id}"),
                format!("hãy chạy kênh: headend channel start {id}"),
            ))
        }
        _ => Line::critical(
            check,
            id,
            say("no programme goes out", "không có chương trình nào phát ra"),
        )
        .fix(say(
            format!("ask for the cause: headend why {id}"),
            format!("hỏi nguyên nhân: headend why {id}"),
        )),
    }
}

/// What `headend why` knows is not found out twice.
fn incidents(channel: &ChannelSnapshot) -> Vec<Line> {
    let lasting = channel.incidents.iter().filter(|i| i.end.is_none());
    let lines: Vec<Line> = lasting
        .map(|incident| {
            let line = match incident.severity {
                Severity::Warning => Line::warning,
                Severity::Critical => Line::critical,
            };
            line("incident", &channel.id, incident.verdict.clone()).fix(incident.next.clone())
        })
        .collect();
    if !lines.is_empty() {
        return lines;
    }
    let text = say("nothing is wrong that is known", "chưa biết điều gì sai");
    vec![Line::good("incident", &channel.id, text)]
}

fn live(input: &InputSnapshot, place: &str) -> Line {
    let check = "input-live";
    let rate = input.bitrate_bits_per_second as f64 / 1e6;
    let fault = match input.fitness.as_str() {
        "ready" => {
            let text = say(
                format!("live, {rate:.2} Mbit/s, fit to be on air"),
                format!("có tín hiệu, {rate:.2} Mbit/s, sẵn sàng phát"),
            );
            return Line::good(check, place, text);
        }
        "" => return Line::unknown(check, place, say("not known yet", "chưa biết")),
        fault => fault,
    };
    let span = input.fitness_seconds;
    Line::critical(
        check,
        place,
        say(
            format!("not fit to be on air: {fault} for {span:.0} s"),
            format!("không phát được: {}, đã {span:.0} s", reason(fault).vi),
        ),
    )
    .fix(say(
        format!(
            "start its encoder and look at its line ({}); `headend why` names the place",
            input.url
        ),
        format!(
            "khởi động bộ mã hóa và kiểm tra đường truyền ({}); `headend why` nói rõ ở đâu",
            input.url
        ),
    ))
}

fn sound(input: &InputSnapshot, heard: &[f64], place: &str) -> Line {
    let check = "sound";
    let streams = input.program.iter().flat_map(|program| &program.streams);
    let has_sound = streams
        .into_iter()
        .any(|stream| stream.kind == "audio" && stream.bitrate_bits_per_second > 0);
    let microphones = say(
        "look at the microphones, the mixer and the sound input of the encoder",
        "kiểm tra micro, bàn trộn và đầu vào tiếng của bộ mã hóa",
    );
    if !has_sound {
        let text = say("no sound comes", "không có tiếng");
        return Line::critical(check, place, text).fix(microphones);
    }
    let Some(content) = &input.content else {
        let text = say(
            "sound comes; how loud it is nobody hears",
            "có tiếng; không rõ to nhỏ",
        );
        return Line::unknown(check, place, text).fix(say(
            "set `content = true` on the input and install headend-media",
            "đặt `content = true` cho đầu vào và cài headend-media",
        ));
    };
    if content.mute {
        let text = say(
            "digital silence (below -60 dBFS)",
            "tiếng câm (dưới -60 dBFS)",
        );
        return Line::critical(check, place, text).fix(microphones);
    }
    match mean(heard) {
        Some(lufs) => level(lufs, place),
        None => Line::unknown(
            check,
            place,
            say("too little was heard", "nghe được quá ít"),
        ),
    }
}

fn level(lufs: f64, place: &str) -> Line {
    let check = "sound";
    let text = say(
        format!("{lufs:.1} LUFS (wanted {LOUDNESS:.0} ± {SPEECH:.0})"),
        format!("{lufs:.1} LUFS (cần {LOUDNESS:.0} ± {SPEECH:.0})"),
    );
    let off = lufs - LOUDNESS;
    let up = say(
        format!("raise the level at the mixer by {:.0} dB", -off),
        format!("tăng mức ở bàn trộn thêm {:.0} dB", -off),
    );
    match () {
        () if lufs < INAUDIBLE => Line::critical(check, place, text).fix(up),
        () if off < -SPEECH => Line::warning(check, place, text).fix(up),
        () if off > SPEECH => Line::warning(check, place, text).fix(say(
            format!("lower the level at the mixer by {off:.0} dB"),
            format!("giảm mức ở bàn trộn bớt {off:.0} dB"),
        )),
        () => Line::good(check, place, text),
    }
}

/// The mean of the power: pauses count for little, as they do to an ear.
fn mean(heard: &[f64]) -> Option<f64> {
    let power: f64 = heard.iter().map(|lufs| 10f64.powf(lufs / 10.0)).sum();
    let mean = power / heard.len() as f64;
    (mean > 0.0).then(|| 10.0 * mean.log10())
}

fn picture(input: &InputSnapshot, place: &str) -> Option<Line> {
    let content = input.content.as_ref()?;
    let text = match (content.black, content.frozen) {
        (true, _) => say("the picture is black", "hình đen"),
        (_, true) => say("the picture stands still", "hình đứng"),
        _ => {
            return Some(Line::good(
                "picture",
                place,
                say("it moves", "hình có động"),
            ));
        }
    };
    Some(Line::warning("picture", place, text).fix(say(
        "look at the camera or the conference's output, unless a title card is meant",
        "kiểm tra máy quay hoặc đầu ra hội nghị, trừ khi cố ý để bảng chờ",
    )))
}

/// Whether all inputs show one programme.
fn same_programme(channel: &ChannelSnapshot) -> Vec<Line> {
    if channel.inputs.len() < 2 {
        let text = say(
            "one input: nothing takes over when it fails",
            "chỉ một đầu vào: hỏng là mất hình",
        );
        let line = Line::warning("backup", &channel.id, text).fix(say(
            "add a second [[channel.input]] from another encoder by another line",
            "thêm [[channel.input]] thứ hai từ bộ mã hóa khác, qua đường truyền khác",
        ));
        return vec![line];
    }
    let others = channel.inputs.iter().enumerate();
    let others = others.filter(|(index, _)| Some(*index) != channel.on_air);
    others
        .map(|(index, input)| {
            let place = format!("{} input {index}", channel.id);
            compared(input.comparison.as_ref(), &place)
        })
        .collect()
}

fn compared(comparison: Option<&ComparisonSnapshot>, place: &str) -> Line {
    let check = "same-programme";
    let word = comparison.map_or("", |comparison| comparison.programme.as_str());
    let with = comparison.map_or(0, |comparison| comparison.with);
    let looked = say(
        format!("look at the pictures of both: /api/v1/channels/…/inputs/{with}/picture"),
        format!("xem hình của cả hai: /api/v1/channels/…/inputs/{with}/picture"),
    );
    match (word, comparison.and_then(|c| c.behind_seconds)) {
        ("same", Some(behind)) => {
            let text = say(
                format!("the same as input {with}, {behind:.2} s behind it"),
                format!("cùng chương trình với đầu vào {with}, chậm hơn {behind:.2} s"),
            );
            Line::good(check, place, text)
        }
        ("same", None) => {
            let text = say(
                format!("the same as input {with}"),
                format!("cùng chương trình với đầu vào {with}"),
            );
            Line::good(check, place, text)
        }
        ("other-sound", _) => Line::warning(
            check,
            place,
            say(
                format!("the picture of input {with} with another sound"),
                format!("hình của đầu vào {with} nhưng tiếng khác"),
            ),
        )
        .fix(say(
            "give both encoders the same sound from the mixer",
            "đưa cùng một đường tiếng từ bàn trộn vào cả hai bộ mã hóa",
        )),
        ("other", _) => Line::critical(
            check,
            place,
            say(
                format!("another programme than input {with}"),
                format!("chương trình khác với đầu vào {with}"),
            ),
        )
        .fix(say(
            "look which meeting its encoder is joined to, and its address",
            "kiểm tra bộ mã hóa đó đang vào cuộc họp nào, và địa chỉ của nó",
        )),
        ("", _) => Line::unknown(
            check,
            place,
            say("nobody looks at both", "không ai xem được cả hai"),
        )
        .fix(say(
            "it needs both inputs on, `content = true`, and headend-media",
            "cần cả hai đầu vào có tín hiệu, `content = true`, và headend-media",
        )),
        _ => Line::unknown(
            check,
            place,
            say(
                "nothing to know it by: silence, a tone or a still picture",
                "không có gì để nhận biết: im lặng, một âm đều hoặc hình tĩnh",
            ),
        )
        .fix(looked),
    }
}

/// Sound and picture apart, where a test picture's flash and beep are in them.
fn sync(input: &InputSnapshot, place: &str) -> Option<Line> {
    let late = input.content.as_ref()?.sound_late_seconds?;
    let (apart, millis) = (late.abs(), late * 1e3);
    let text = say(
        format!("the sound is {millis:.0} ms later than the picture"),
        format!("tiếng chậm hơn hình {millis:.0} ms"),
    );
    let line = match () {
        () if apart > APART_WORST => Line::critical("sound-and-picture", place, text),
        () if apart > APART => Line::warning("sound-and-picture", place, text),
        () => return Some(Line::good("sound-and-picture", place, text)),
    };
    Some(line.fix(say(
        "set the sound delay at the mixer or the encoder",
        "chỉnh độ trễ tiếng ở bàn trộn hoặc bộ mã hóa",
    )))
}
