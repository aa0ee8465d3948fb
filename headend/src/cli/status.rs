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
            words.alarm,
            channel.id,
            alarm.place,
            words.alarm_text(alarm)
        )
    };
    channel.alarms.iter().map(line).collect()
}
