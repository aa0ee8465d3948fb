//! The series of a channel, its inputs, outputs and HLS. A value of `None` is a series that this
//! input does not have, known from its URL, so that a counter is there from the start.

use super::{Series, counter, flag, gauge, whole};
use crate::cause::{Class, Incident, Severity};
use crate::hall::HallsSnapshot;
use crate::snapshot::{
    ChannelSnapshot, ChannelState, FindingSnapshot, HlsSnapshot, InputSnapshot, InputState,
    OutputSnapshot, OutputState, PathSnapshot, SrtSnapshot,
};

pub(in super::super) const CHANNEL: &[Series<ChannelSnapshot>] = &[
    gauge(
        "headend_channel_state",
        "0 stopped, 1 waiting, 2 on air, 3 dark, 4 failed.",
        |c| {
            whole(match c.state {
                ChannelState::Stopped => 0,
                ChannelState::Waiting => 1,
                ChannelState::OnAir => 2,
                ChannelState::Dark => 3,
                ChannelState::Failed => 4,
            })
        },
    ),
    gauge(
        "headend_channel_state_seconds",
        "Time in this state.",
        |c| Some(c.state_seconds),
    ),
    gauge(
        "headend_channel_alarms",
        "What is wrong now, counted; the API has the sentences.",
        |c| whole(c.alarms.len() as u64),
    ),
    gauge(
        "headend_channel_incidents_critical",
        "Incidents that strike viewers and that nobody has in hand; the certificate is the node's.",
        |c| {
            open(c, |i| {
                let own = i.class != Class::CertificateEnding;
                own && i.acknowledged.is_none() && i.severity == Severity::Critical
            })
        },
    ),
    gauge(
        "headend_channel_incidents_warning",
        "Incidents that viewers do not see and that nobody has in hand; the certificate is the node's.",
        |c| {
            open(c, |i| {
                let own = i.class != Class::CertificateEnding;
                own && i.acknowledged.is_none() && i.severity == Severity::Warning
            })
        },
    ),
    gauge(
        "headend_channel_incidents_acknowledged",
        "Incidents that last and that somebody has in hand.",
        |c| open(c, |i| i.acknowledged.is_some()),
    ),
    gauge(
        "headend_meeting_on",
        "1 while a meeting is on, or begins within the hour.",
        |c| flag(c.meetings.near),
    ),
    gauge(
        "headend_channel_backups_not_fit",
        "Inputs that are not on air and could not take over.",
        |c| {
            whole(
                c.alarms
                    .iter()
                    .filter(|a| a.code == "backup-not-fit")
                    .count() as u64,
            )
        },
    ),
    gauge(
        "headend_channel_loudness_lufs",
        "Loudness of the input on air over 3 s (EBU R 128); absent where it is not measured.",
        |c| c.inputs.get(c.on_air?)?.content.as_ref()?.short_term_lufs,
    ),
    gauge(
        "headend_channel_input_on_air",
        "Index of the input on air; -1 for none.",
        |c| Some(c.on_air.map_or(-1.0, |index| index as f64)),
    ),
];

/// The word of a state of halls, and how many are in it.
type HallState = (&'static str, fn(&HallsSnapshot) -> u64);

/// Each state of halls that is counted.
pub(in super::super) const HALL_STATES: [HallState; 4] = [
    ("playing", |h| h.playing),
    ("stalled", |h| h.stalled),
    ("fault", |h| h.fault),
    ("lost", |h| h.lost),
];

pub(in super::super) const HLS: &[Series<HlsSnapshot>] = &[
    gauge(
        "headend_hls_available",
        "1 while there is a playlist.",
        |h| flag(h.unavailable.is_none()),
    ),
    gauge(
        "headend_hls_media_sequence",
        "EXT-X-MEDIA-SEQUENCE: the number of the first segment listed.",
        |h| whole(h.media_sequence),
    ),
    gauge(
        "headend_hls_discontinuity_sequence",
        "EXT-X-DISCONTINUITY-SEQUENCE.",
        |h| whole(h.discontinuity_sequence),
    ),
    gauge("headend_hls_segments", "Segments listed.", |h| {
        whole(h.segments)
    }),
    gauge(
        "headend_hls_window_bytes",
        "Bytes held in the live window.",
        |h| whole(h.window_bytes),
    ),
    counter(
        "headend_hls_tap_dropped_packets_total",
        "Packets that HLS did not get because it was slow.",
        |h| whole(h.tap_dropped_total),
    ),
];

pub(in super::super) const INPUT: &[Series<InputSnapshot>] = &[
    gauge(
        "headend_input_state",
        "0 waiting, 1 receiving, 2 no picture, 3 no sound, 4 lost.",
        |i| {
            whole(match i.state {
                InputState::Waiting => 0,
                InputState::Receiving => 1,
                InputState::NoPicture => 2,
                InputState::NoSound => 3,
                InputState::Lost => 4,
            })
        },
    ),
    counter("headend_input_bytes_total", "Bytes taken.", |i| {
        whole(i.bytes_total)
    }),
    counter(
        "headend_input_packets_total",
        "Transport packets taken.",
        |i| whole(i.packets_total),
    ),
    counter(
        "headend_input_continuity_errors_total",
        "Jumps of a continuity counter (TR 101 290, 1.4).",
        |i| whole(i.continuity_errors_total),
    ),
    counter(
        "headend_input_resync_bytes_total",
        "Bytes thrown away to find the sync byte again.",
        |i| whole(i.resync_bytes_total),
    ),
    gauge(
        "headend_input_jitter_seconds",
        "Peak-to-peak arrival jitter over the last second.",
        |i| Some(i.jitter_seconds),
    ),
    counter(
        "headend_input_findings_priority1_total",
        "Findings of priority 1 (TR 101 290, table 5.0a): can it be decoded at all.",
        |i| findings(i, "1."),
    ),
    counter(
        "headend_input_findings_priority2_total",
        "Findings of priority 2 (TR 101 290, table 5.0b).",
        |i| findings(i, "2."),
    ),
    counter(
        "headend_input_findings_other_total",
        "Findings of priority 3 and those without a clause.",
        |i| {
            whole(count(i, |f| {
                !f.clause.starts_with("1.") && !f.clause.starts_with("2.")
            }))
        },
    ),
    counter("headend_input_datagrams_total", "Datagrams taken.", |i| {
        when(i, &["udp", "rtp"], i.datagrams_total)
    }),
    counter(
        "headend_input_socket_drops_total",
        "Datagrams that this machine's socket dropped: not the sender's fault.",
        |i| when(i, &["udp", "rtp"], i.socket_drops_total),
    ),
    counter(
        "headend_input_rtp_lost_packets_total",
        "RTP packets that never came.",
        |i| when(i, &["rtp"], i.rtp_lost_total),
    ),
    counter(
        "headend_input_rtp_reordered_packets_total",
        "RTP packets put back in order.",
        |i| when(i, &["rtp"], i.rtp_reordered_total),
    ),
    counter(
        "headend_input_rtp_duplicate_packets_total",
        "RTP packets that came twice.",
        |i| when(i, &["rtp"], i.rtp_duplicates_total),
    ),
    counter(
        "headend_input_fec_repaired_packets_total",
        "RTP packets that FEC repaired.",
        |i| i.fec.as_ref().and_then(|f| whole(f.repaired_total)),
    ),
    counter(
        "headend_input_fec_unrepairable_packets_total",
        "FEC packets that missed two media packets or more to the end.",
        |i| i.fec.as_ref().and_then(|f| whole(f.unrepairable_total)),
    ),
    gauge(
        "headend_input_srt_connected",
        "1 while an SRT peer is connected.",
        |i| srt(i, |s| f64::from(u8::from(s.connected))),
    ),
    gauge("headend_input_srt_rtt_seconds", "SRT round trip.", |i| {
        srt(i, |s| s.rtt_seconds)
    }),
    gauge(
        "headend_input_srt_buffer_seconds",
        "Span held in the SRT receive buffer.",
        |i| srt(i, |s| s.buffer_seconds),
    ),
    counter(
        "headend_input_srt_lost_packets_total",
        "SRT packets found missing.",
        |i| srt(i, |s| s.lost_total as f64),
    ),
    counter(
        "headend_input_srt_retransmitted_packets_total",
        "SRT packets that came again.",
        |i| srt(i, |s| s.retransmitted_total as f64),
    ),
    counter(
        "headend_input_srt_dropped_packets_total",
        "SRT packets given up.",
        |i| srt(i, |s| s.dropped_total as f64),
    ),
    counter(
        "headend_input_srt_refused_handshakes_total",
        "SRT handshakes refused: passphrase, stream id, form, or too many.",
        |i| srt(i, |s| s.refused_total as f64),
    ),
    counter(
        "headend_input_worker_restarts_total",
        "How often the worker of this input was started again.",
        |i| {
            let own = ["udp", "rtp", "srt", "file"].contains(&scheme(i));
            (!own).then(|| i.worker.as_ref().map_or(0.0, |w| w.restarts_total as f64))
        },
    ),
];

pub(in super::super) const PATH: &[Series<PathSnapshot>] = &[
    counter(
        "headend_input_path_received_packets_total",
        "RTP packets of the stream that this path brought.",
        |p| whole(p.received_total),
    ),
    counter(
        "headend_input_path_lost_packets_total",
        "RTP packets of the stream that this path did not bring in time; another may have.",
        |p| whole(p.lost_total),
    ),
    counter(
        "headend_input_path_foreign_packets_total",
        "RTP packets of another sender on this path, dropped.",
        |p| whole(p.foreign_total),
    ),
    gauge(
        "headend_input_path_skew_seconds",
        "How far this path is behind the fastest.",
        |p| Some(p.skew_seconds),
    ),
];

pub(in super::super) const OUTPUT: &[Series<OutputSnapshot>] = &[
    gauge(
        "headend_output_state",
        "0 checking, 1 on the wire, 2 not on the wire, 3 sending (unicast).",
        |o| {
            whole(match o.state {
                OutputState::Checking => 0,
                OutputState::OnTheWire => 1,
                OutputState::NotOnTheWire => 2,
                OutputState::Sending => 3,
            })
        },
    ),
    counter(
        "headend_output_packets_total",
        "Transport packets sent, null packets included.",
        |o| whole(o.packets_total),
    ),
    counter(
        "headend_output_null_packets_total",
        "Null packets sent.",
        |o| whole(o.null_packets_total),
    ),
    counter(
        "headend_output_send_errors_total",
        "Sends that the kernel refused.",
        |o| whole(o.send_errors_total),
    ),
    counter(
        "headend_output_overflow_packets_total",
        "Packets dropped because the input is faster than the output.",
        |o| whole(o.overflow_packets_total),
    ),
    gauge(
        "headend_output_load_ratio",
        "What the programme needs of the configured constant rate; 0 without one.",
        |o| {
            let rate = o.bitrate_bits_per_second.filter(|rate| *rate > 0);
            Some(rate.map_or(0.0, |rate| o.needed_bits_per_second as f64 / rate as f64))
        },
    ),
    gauge(
        "headend_output_queued_packets",
        "Transport packets that wait for their time.",
        |o| whole(o.queued_packets),
    ),
    gauge(
        "headend_output_late_seconds",
        "The latest departure after its time in the last second.",
        |o| Some(o.late_seconds),
    ),
];

/// Incidents that last, counted.
fn open(channel: &ChannelSnapshot, of: impl Fn(&Incident) -> bool) -> Option<f64> {
    let open = channel.incidents.iter().filter(|i| i.end.is_none());
    whole(open.filter(|i| of(i)).count() as u64)
}

fn scheme(input: &InputSnapshot) -> &str {
    input.url.split(':').next().unwrap_or_default()
}

fn when(input: &InputSnapshot, schemes: &[&str], value: u64) -> Option<f64> {
    schemes.contains(&scheme(input)).then_some(value as f64)
}

fn srt(input: &InputSnapshot, value: fn(&SrtSnapshot) -> f64) -> Option<f64> {
    (scheme(input) == "srt").then(|| input.srt.as_ref().map_or(0.0, value))
}

fn findings(input: &InputSnapshot, clause: &str) -> Option<f64> {
    whole(count(input, |finding| finding.clause.starts_with(clause)))
}

fn count(input: &InputSnapshot, of: impl Fn(&FindingSnapshot) -> bool) -> u64 {
    input
        .findings
        .iter()
        .filter(|f| of(f))
        .map(|f| f.count)
        .sum()
}
