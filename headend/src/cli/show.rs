//! All of one channel: what `headend channel show` prints and `headend top` shows of the chosen.

use super::status::alarm_lines;
use super::table::{columns, rate, span};
use super::words::Words;
use crate::hall::{HallState, HallsSnapshot};
use crate::snapshot::{ChannelSnapshot, InputSnapshot};

/// All of a channel.
pub(super) fn whole_channel(channel: &ChannelSnapshot, words: &Words) -> String {
    let mut out = format!(
        "{}  {}  {} {}\n",
        channel.id,
        channel.name,
        words.channel_state(channel.state),
        span(channel.state_seconds)
    );
    out += &alarm_lines(channel, words);
    out += &halls_line(&channel.halls, words);
    for (index, input) in channel.inputs.iter().enumerate() {
        out += &format!("\n{} {index}  {}\n", words.input, input.url);
        out += &format!("  {}\n", words.text(&input.assessment));
        out += &input_lines(input, channel.on_air == Some(index), words);
    }
    for (index, output) in channel.outputs.iter().enumerate() {
        let reason = output
            .reason
            .as_deref()
            .map(|r| format!(": {r}"))
            .unwrap_or_default();
        out += &format!(
            "\n{} {index}  {}\n  {}{reason}\n  {} / {}  null {}  late {:.3} ms\n",
            words.output,
            output.url,
            words.output_state(output.state),
            rate(output.needed_bits_per_second),
            output
                .bitrate_bits_per_second
                .map_or_else(|| "–".to_owned(), rate),
            output.null_packets_total,
            output.late_seconds * 1e3,
        );
    }
    if let Some(hls) = &channel.hls {
        out += &format!("\nHLS  /hls/{}/index.m3u8\n", channel.id);
        out += &match &hls.unavailable {
            Some(why) => format!("  {why}\n"),
            None => format!(
                "  media sequence {}  segments {}  {} kB\n",
                hls.media_sequence,
                hls.segments,
                hls.window_bytes / 1000
            ),
        };
    }
    out
}

/// What its halls do, where any was heard.
fn halls_line(halls: &HallsSnapshot, words: &Words) -> String {
    let counts = [
        (HallState::Playing, halls.playing),
        (HallState::Stalled, halls.stalled),
        (HallState::Fault, halls.fault),
        (HallState::Lost, halls.lost),
    ];
    let counted = counts.iter().filter(|(_, count)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(state, count)| format!("{} {count}", words.text(&state.text())))
        .collect();
    let verdict = halls.verdict.iter();
    let verdict = verdict.map(|verdict| format!("  {}\n", words.text(&verdict.text)));
    match counted.is_empty() {
        true => String::new(),
        false => {
            let counts = format!("\n{}  {}\n", words.halls, counted.join("  "));
            counts + &verdict.collect::<String>()
        }
    }
}

fn input_lines(input: &InputSnapshot, on_air: bool, words: &Words) -> String {
    let mut out = format!(
        "  {}{} {}  {}  jitter {:.1} ms\n",
        if on_air {
            format!("{}, ", words.on_air)
        } else {
            String::new()
        },
        words.input_state(input.state),
        span(input.state_seconds),
        rate(input.bitrate_bits_per_second),
        input.jitter_seconds * 1e3,
    );
    if let Some((delay, loss)) = input.delay_factor_seconds.zip(input.media_loss_rate) {
        out += &format!("  MDI {:.1}:{loss}\n", delay * 1e3);
    }
    let counters = [
        ("continuity errors", input.continuity_errors_total),
        ("RTP lost", input.rtp_lost_total),
        ("RTP reordered", input.rtp_reordered_total),
        ("RTP duplicates", input.rtp_duplicates_total),
        ("resync bytes", input.resync_bytes_total),
        ("dropped by this machine", input.socket_drops_total),
    ];
    let counted: Vec<String> = counters
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    if !counted.is_empty() {
        out += &format!("  {}\n", counted.join("  "));
    }
    out += &content_line(input);
    out += &peer_lines(input);
    out += &program_lines(input, words);
    for finding in &input.findings {
        out += &format!(
            "  {} {} ×{}: {}\n",
            finding.clause, finding.name, finding.count, finding.last
        );
    }
    out
}

/// What picture and sound show, where it is measured.
fn content_line(input: &InputSnapshot) -> String {
    let Some(content) = &input.content else {
        return String::new();
    };
    let figures = [
        content.luma.map(|luma| format!("luma {luma:.0}")),
        content.level_dbfs.map(|level| format!("{level:.0} dBFS")),
        content
            .short_term_lufs
            .map(|lufs| format!("{lufs:.1} LUFS")),
        content
            .sound_late_seconds
            .map(|late| format!("sound {:+.0} ms", late * 1e3)),
    ];
    let figures: Vec<String> = figures.into_iter().flatten().collect();
    format!("  {}\n", figures.join("  "))
}

/// Who sends: an SRT peer or a worker.
fn peer_lines(input: &InputSnapshot) -> String {
    let mut out = String::new();
    if let Some(srt) = &input.srt {
        let peer = srt.peer.as_deref().unwrap_or("–");
        out += &format!(
            "  SRT {peer}  rtt {:.1} ms  lost {}  again {}  dropped {}  refused {}\n",
            srt.rtt_seconds * 1e3,
            srt.lost_total,
            srt.retransmitted_total,
            srt.dropped_total,
            srt.refused_total
        );
        if let Some(refusal) = &srt.last_refusal {
            out += &format!("  {refusal}\n");
        }
    }
    if let Some(worker) = &input.worker {
        let words = worker.last_words.as_deref().unwrap_or_default();
        out += &format!(
            "  headend-media restarts {}  {words}\n",
            worker.restarts_total
        );
    }
    out
}

/// What is in the stream.
fn program_lines(input: &InputSnapshot, words: &Words) -> String {
    let mut out = String::new();
    if let Some(program) = &input.program {
        let name = program.name.as_deref().unwrap_or_default();
        out += &format!(
            "  {} {} {name}  PCR PID {}\n",
            words.programme, program.number, program.pcr_pid
        );
        let rows: Vec<Vec<String>> = program
            .streams
            .iter()
            .map(|s| {
                let language = s.language.clone().unwrap_or_default();
                let cells = [s.pid.to_string(), s.kind.clone(), s.codec.clone(), language];
                [cells.to_vec(), vec![rate(s.bitrate_bits_per_second)]].concat()
            })
            .collect();
        for line in columns(&["PID", "", "", "", ""], &rows).lines().skip(1) {
            out += &format!("    {line}\n");
        }
    }
    out
}
