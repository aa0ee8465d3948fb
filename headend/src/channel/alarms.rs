//! What is wrong with a channel, in a sentence with its figures and the next step.

use packager::monitor::{Presence, State};
use packager::receive::PathCounters;

use super::since::Since;
use crate::line::{InputReport, OutputReport, Report};
use crate::snapshot::{Alarm, InputSnapshot, OutputSnapshot, OutputState};

/// A backup is not fit when it is so for this long, seconds: an alarm is due within 5 s.
const UNFIT_FOR: f64 = 2.5;

/// What is found now, each at its place.
#[derive(Default)]
pub(super) struct Alarms(pub(super) Vec<Alarm>);

impl Alarms {
    pub(super) fn raise(&mut self, code: &str, place: &str, text: String) {
        self.0.push(Alarm {
            code: code.to_owned(),
            place: place.to_owned(),
            text,
            since: Since::now(()).stamp(),
        });
    }

    pub(super) fn input(&mut self, place: &str, report: &InputReport) {
        let presence = report.presence;
        match presence.state {
            State::Waiting | State::Receiving => {}
            State::Lost => {
                let text = "no packets come any more; look at the source and the line to it";
                self.raise("input-lost", place, text.to_owned());
            }
            State::NoPicture => {
                self.raise(
                    "input-no-picture",
                    place,
                    said("sound comes, but no picture", presence),
                );
            }
            State::NoSound => {
                self.raise(
                    "input-no-sound",
                    place,
                    said("picture comes, but no sound", presence),
                );
            }
        }
        if let Some(trouble) = &report.source.trouble {
            self.raise("input-trouble", place, trouble.to_string());
        }
    }

    /// That an input which is not on air could not go on air.
    pub(super) fn backup(&mut self, place: &str, input: &InputSnapshot) {
        let unfit = !matches!(input.fitness.as_str(), "" | "ready");
        if unfit && input.fitness_seconds >= UNFIT_FOR {
            let (fault, span) = (&input.fitness, input.fitness_seconds);
            let text = format!(
                "it could not take over: {fault} for {span:.0} s. The channel stands on one leg; look at this source and the line to it now"
            );
            self.raise("backup-not-fit", place, text);
        }
    }

    /// Paths of an input that brought nothing, or another sender's packets, in the last second while
    /// the input went on.
    pub(super) fn paths(&mut self, place: &str, before: &InputReport, now: &InputReport) {
        let (before, now) = (&before.receiver.paths, &now.receiver.paths);
        let went_on = |(old, new): (&PathCounters, &PathCounters)| new.received > old.received;
        if !before.iter().zip(now).any(went_on) {
            return;
        }
        for (path, (old, new)) in before.iter().zip(now).enumerate() {
            if new.foreign > old.foreign {
                let text = format!(
                    "path {path} brings the packets of another sender (another SSRC or sequence); they are dropped. Send the very same RTP stream by all paths"
                );
                self.raise("input-path-foreign", place, text);
            } else if new.received == old.received && new.lost > old.lost {
                let text = format!(
                    "nothing comes by path {path}; another path carries the programme. Look at the network of that path"
                );
                self.raise("input-path-lost", place, text);
            }
        }
    }

    /// What is wrong with the clock and the stamps of the input on air.
    pub(super) fn time(&mut self, place: &str, before: &Report, now: &Report) {
        let lost = now.feed.out_of_line.saturating_sub(before.feed.out_of_line);
        if lost > 0 {
            let text = format!(
                "{lost} pictures and sounds in the last second carry time stamps of another clock (2 s behind or 10 s ahead of the PCR) and are dropped; look at the encoder's multiplexer"
            );
            self.raise("input-stamps-elsewhere", place, text);
        }
        let lag = now.feed.lag.as_nanos() / 1_000_000;
        if lag > 0 {
            let text = format!(
                "time stamps lie behind the PCR; pictures and sound are moved later by {lag} ms, so that decoders keep them. Look at the encoder's multiplexer"
            );
            self.raise("input-stamps-late", place, text);
        }
        let early = now.chain.too_early.saturating_sub(before.chain.too_early);
        if early > 0 {
            let text = format!(
                "the source sends faster than real time by its own clock; {early} packets dropped in the last second. Send in real time (`-re` of FFmpeg)"
            );
            self.raise("input-too-fast", place, text);
        }
    }

    pub(super) fn output(
        &mut self,
        place: &str,
        output: &OutputSnapshot,
        reports: Option<(&OutputReport, &OutputReport)>,
    ) {
        if output.state == OutputState::NotOnTheWire {
            let reason = output.reason.clone().unwrap_or_default();
            self.raise("output-not-on-the-wire", place, reason);
        }
        let Some((before, now)) = reports else { return };
        self.over_rate(
            place,
            output,
            now.shaper.overflow.saturating_sub(before.shaper.overflow),
            now.shaper.late.saturating_sub(before.shaper.late),
        );
        let refused = now.sink.errors.saturating_sub(before.sink.errors);
        if refused > 0 {
            let error = now.sink.last_error.map(std::io::Error::from_raw_os_error);
            let error = error.map_or_else(String::new, |e| format!(": {e}"));
            let text = format!("the kernel refused {refused} datagrams in the last second{error}");
            self.raise("output-refused", place, text);
        }
    }

    fn over_rate(&mut self, place: &str, output: &OutputSnapshot, dropped: u64, late: u64) {
        let Some(rate) = output.bitrate_bits_per_second else {
            return;
        };
        let needed = output.needed_bits_per_second;
        if dropped == 0 && needed <= rate {
            return;
        }
        if late > 0 && needed <= rate {
            let text = format!(
                "{late} pictures and frames of sound came too late to be sent in the last second; {dropped} packets dropped. Look at the encoder's load and the line before it"
            );
            self.raise("input-late", place, text);
            return;
        }
        let over = needed.saturating_sub(rate) * 100 / rate.max(1);
        let text = format!(
            "the programme needs {needed} bit/s, {over} % over the output's {rate} bit/s; {dropped} packets dropped in the last second. Raise `bitrate` or lower the encoder's rate"
        );
        self.raise("output-over-rate", place, text);
    }
}

fn said(what: &str, presence: Presence) -> String {
    match presence.cause {
        Some(cause) => format!("{what}: {cause}"),
        None => what.to_owned(),
    }
}
