//! `headend status`: the node now, on one screen.

use clap::Args;

use super::table::{columns, rate, span};
use super::words::Words;
use super::{Exit, Failure, Surroundings, print, print_json, tell};
use crate::snapshot::{ChannelSnapshot, ChannelState, InputSnapshot, NodeSnapshot, OutputState};

/// Show the node now, on one screen
#[derive(Debug, Args)]
#[command(after_help = super::help::STATUS)]
pub(super) struct Status {}

impl Status {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        let (node, _): (NodeSnapshot, _) = around.client()?.get("/api/v1/node")?;
        if around.json() {
            print_json(&node)?;
            return Ok(Exit::Done);
        }
        print(&screen(&node, around.words))?;
        if node.channels.is_empty() {
            tell(around.words.no_channels);
        }
        Ok(Exit::Done)
    }
}

/// The node, its channels and what is wrong.
pub(super) fn screen(node: &NodeSnapshot, words: &Words) -> String {
    let mut out = format!("{}\n", heading(node, words));
    if !node.channels.is_empty() {
        out += &format!("\n{}", channel_table(&node.channels, words));
    }
    let alarms: String = node
        .channels
        .iter()
        .map(|c| alarm_lines(c, words))
        .collect();
    if !alarms.is_empty() {
        out += &format!("\n{alarms}");
    }
    for notice in &node.notices {
        out += &format!("\n{notice}");
    }
    out.trim_end().to_owned() + "\n"
}

/// `trung-uong  headend 0.1.0  up 3h05m`
pub(super) fn heading(node: &NodeSnapshot, words: &Words) -> String {
    format!(
        "{}  headend {}  {} {}",
        node.name,
        node.version,
        words.up,
        span(node.uptime_seconds)
    )
}

/// One line for a channel.
pub(super) fn channel_table(channels: &[ChannelSnapshot], words: &Words) -> String {
    let headings = [
        words.id,
        words.name,
        words.state,
        words.since,
        words.input,
        words.rate,
        words.output,
        words.alarms,
    ];
    let rows: Vec<Vec<String>> = channels.iter().map(|c| channel_row(c, words)).collect();
    columns(&headings, &rows)
}

/// The cells of a channel's line.
pub(super) fn channel_row(channel: &ChannelSnapshot, words: &Words) -> Vec<String> {
    let input = input_of(channel);
    vec![
        channel.id.clone(),
        channel.name.clone(),
        words.channel_state(channel.state).to_owned(),
        span(channel.state_seconds),
        match (channel.state, input) {
            (ChannelState::Stopped, _) | (_, None) => "–".to_owned(),
            (_, Some((index, input))) => format!("{index} {}", words.input_state(input.state)),
        },
        rate(input.map_or(0, |(_, input)| input.bitrate_bits_per_second)),
        outputs(channel),
        match channel.alarms.len() {
            0 => "–".to_owned(),
            count => count.to_string(),
        },
    ]
}

/// The input on air, or the first.
fn input_of(channel: &ChannelSnapshot) -> Option<(usize, &InputSnapshot)> {
    let index = channel.on_air.unwrap_or(0);
    Some((index, channel.inputs.get(index)?))
}

/// `2/3 HLS`: outputs that are on the wire, of all.
fn outputs(channel: &ChannelSnapshot) -> String {
    let out = |state| matches!(state, OutputState::OnTheWire | OutputState::Sending);
    let good = channel.outputs.iter().filter(|o| out(o.state)).count();
    let good = match channel.state {
        ChannelState::OnAir => good,
        _ => 0,
    };
    let hls = match &channel.hls {
        Some(hls) if hls.unavailable.is_none() && hls.segments > 0 => " HLS",
        _ => "",
    };
    format!("{good}/{}{hls}", channel.outputs.len())
}

/// One line for an alarm.
pub(super) fn alarm_lines(channel: &ChannelSnapshot, words: &Words) -> String {
    let line = |alarm: &crate::snapshot::Alarm| {
        format!(
            "{} {} {}: {}\n",
            words.alarm, channel.id, alarm.place, alarm.text
        )
    };
    channel.alarms.iter().map(line).collect()
}

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
    for (index, input) in channel.inputs.iter().enumerate() {
        out += &format!("\n{} {index}  {}\n", words.input, input.url);
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

#[expect(
    clippy::too_many_lines,
    reason = "one line of the screen after the other"
)]
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
    for finding in &input.findings {
        out += &format!(
            "  {} {} ×{}: {}\n",
            finding.clause, finding.name, finding.count, finding.last
        );
    }
    out
}
