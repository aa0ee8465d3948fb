//! What is wrong with a channel, in a sentence with its figures and the next step.

use packager::monitor::{Presence, State};
use packager::receive::PathCounters;

use super::since::Since;
use crate::cause::{Text, known_by, reason};
use crate::line::{InputReport, OutputReport, Report};
use crate::snapshot::{Alarm, InputSnapshot, OutputSnapshot, OutputState};

/// A backup is not fit when it is so for this long, seconds: an alarm is due within 5 s.
const UNFIT_FOR: f64 = 2.5;

/// What is found now, each at its place.
#[derive(Default)]
pub(super) struct Alarms(pub(super) Vec<Alarm>);

impl Alarms {
    pub(super) fn raise(&mut self, code: &str, place: &str, said: Text) {
        self.0.push(Alarm {
            code: code.to_owned(),
            place: place.to_owned(),
            text: said.en,
            vi: said.vi,
            since: Since::now(()).stamp(),
        });
    }

    pub(super) fn input(&mut self, place: &str, report: &InputReport) {
        let presence = report.presence;
        match presence.state {
            State::Waiting | State::Receiving => {}
            State::Lost => {
                let text = Text::new(
                    "no packets come any more; look at the source and the line to it",
                    "không còn gói nào đến; xem nguồn và đường truyền tới đây",
                );
                self.raise("input-lost", place, text);
            }
            State::NoPicture => {
                let what = (
                    "sound comes, but no picture",
                    "có tiếng, nhưng không có hình",
                );
                self.raise("input-no-picture", place, said(what, presence));
            }
            State::NoSound => {
                let what = (
                    "picture comes, but no sound",
                    "có hình, nhưng không có tiếng",
                );
                self.raise("input-no-sound", place, said(what, presence));
            }
        }
        if let Some(trouble) = &report.source.trouble {
            self.raise("input-trouble", place, english(trouble.to_string()));
        }
    }

    /// That an input which is not on air could not go on air.
    pub(super) fn backup(&mut self, place: &str, input: &InputSnapshot) {
        let unfit = !matches!(input.fitness.as_str(), "" | "ready");
        if unfit && input.fitness_seconds >= UNFIT_FOR {
            let (fault, span) = (&input.fitness, input.fitness_seconds);
            let text = Text::new(
                format!(
                    "it could not take over: {fault} for {span:.0} s. The channel stands on one leg; look at this source and the line to it now"
                ),
                format!(
                    "không thay thế được: {} đã {span:.0} giây. Kênh không còn dự phòng; xem ngay nguồn này và đường truyền tới đây",
                    reason(fault).vi
                ),
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
                let text = Text::new(
                    format!(
                        "path {path} brings the packets of another sender (another SSRC or sequence); they are dropped. Send the very same RTP stream by all paths"
                    ),
                    format!(
                        "đường {path} mang gói của bên gửi khác (SSRC hoặc số thứ tự khác); các gói đó bị bỏ. Hãy gửi đúng một luồng RTP qua mọi đường"
                    ),
                );
                self.raise("input-path-foreign", place, text);
            } else if new.received == old.received && new.lost > old.lost {
                let text = Text::new(
                    format!(
                        "nothing comes by path {path}; another path carries the programme. Look at the network of that path"
                    ),
                    format!(
                        "không có gì đến qua đường {path}; đường khác đang mang chương trình. Xem mạng của đường đó"
                    ),
                );
                self.raise("input-path-lost", place, text);
            }
        }
    }

    /// What is wrong with the clock and the stamps of the input on air.
    pub(super) fn time(&mut self, place: &str, before: &Report, now: &Report) {
        let lost = now.feed.out_of_line.saturating_sub(before.feed.out_of_line);
        if lost > 0 {
            let text = Text::new(
                format!(
                    "{lost} pictures and sounds in the last second carry time stamps of another clock (2 s behind or 10 s ahead of the PCR) and are dropped; look at the encoder's multiplexer"
                ),
                format!(
                    "{lost} hình và tiếng trong giây vừa qua mang nhãn thời gian của đồng hồ khác (trễ 2 giây hoặc sớm 10 giây so với PCR) và bị bỏ; xem bộ ghép kênh của bộ mã hóa"
                ),
            );
            self.raise("input-stamps-elsewhere", place, text);
        }
        let lag = now.feed.lag.as_nanos() / 1_000_000;
        if lag > 0 {
            let text = Text::new(
                format!(
                    "time stamps lie behind the PCR; pictures and sound are moved later by {lag} ms, so that decoders keep them. Look at the encoder's multiplexer"
                ),
                format!(
                    "nhãn thời gian trễ hơn PCR; hình và tiếng được lùi {lag} ms để máy thu không bỏ. Xem bộ ghép kênh của bộ mã hóa"
                ),
            );
            self.raise("input-stamps-late", place, text);
        }
        let early = now.chain.too_early.saturating_sub(before.chain.too_early);
        if early > 0 {
            let text = Text::new(
                format!(
                    "the source sends faster than real time by its own clock; {early} packets dropped in the last second. Send in real time (`-re` of FFmpeg)"
                ),
                format!(
                    "nguồn gửi nhanh hơn thời gian thực theo đồng hồ của chính nó; {early} gói bị bỏ trong giây vừa qua. Hãy gửi đúng thời gian thực (`-re` của FFmpeg)"
                ),
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
        match (output.state, &output.reason) {
            (OutputState::NotOnTheWire, reason) => {
                let reason = english(reason.clone().unwrap_or_default());
                self.raise("output-not-on-the-wire", place, reason);
            }
            (_, Some(stranger)) => {
                self.raise("output-second-sender", place, english(stranger.clone()));
            }
            (_, None) => {}
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
            let text = Text::new(
                format!("the kernel refused {refused} datagrams in the last second{error}"),
                format!("hệ điều hành từ chối {refused} gói tin trong giây vừa qua{error}"),
            );
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
            let text = Text::new(
                format!(
                    "{late} pictures and frames of sound came too late to be sent in the last second; {dropped} packets dropped. Look at the encoder's load and the line before it"
                ),
                format!(
                    "{late} hình và khung tiếng đến quá trễ để gửi trong giây vừa qua; {dropped} gói bị bỏ. Xem tải của bộ mã hóa và đường truyền trước nó"
                ),
            );
            self.raise("input-late", place, text);
            return;
        }
        let over = needed.saturating_sub(rate) * 100 / rate.max(1);
        let text = Text::new(
            format!(
                "the programme needs {needed} bit/s, {over} % over the output's {rate} bit/s; {dropped} packets dropped in the last second. Raise `bitrate` or lower the encoder's rate"
            ),
            format!(
                "chương trình cần {needed} bit/s, hơn {over} % so với {rate} bit/s của đầu ra; {dropped} gói bị bỏ trong giây vừa qua. Hãy tăng `bitrate` hoặc giảm tốc độ của bộ mã hóa"
            ),
        );
        self.raise("output-over-rate", place, text);
    }
}

fn said((en, vi): (&str, &str), presence: Presence) -> Text {
    match presence.cause.map(known_by) {
        Some(why) => Text::new(format!("{en}: {}", why.en), format!("{vi}: {}", why.vi)),
        None => Text::new(en, vi),
    }
}

/// What the system, a worker or a link said, which has no other language.
pub(super) fn english(words: String) -> Text {
    Text::new(words.clone(), words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_is_not_alone_on_its_group_is_an_alarm() {
        let output = OutputSnapshot {
            state: OutputState::OnTheWire,
            reason: Some("10.9.0.2 sends to 239.1.1.1 as well".to_owned()),
            ..OutputSnapshot::default()
        };
        let mut alarms = Alarms::default();
        alarms.output("output 0", &output, None);
        let [alarm] = &alarms.0[..] else {
            panic!("{:?}", alarms.0);
        };
        assert_eq!(alarm.code, "output-second-sender");
        assert!(alarm.text.contains("10.9.0.2"), "{}", alarm.text);
    }

    #[test]
    fn an_alarm_says_in_both_languages_why_a_backup_is_not_fit() {
        let input = InputSnapshot {
            fitness: "no-packets".to_owned(),
            fitness_seconds: 8.0,
            ..InputSnapshot::default()
        };
        let mut alarms = Alarms::default();
        alarms.backup("input 1", &input);
        let alarm = &alarms.0[0];
        assert!(alarm.text.contains("no-packets for 8 s"), "{}", alarm.text);
        assert!(
            alarm.vi.contains("không nhận được gì đã 8 giây"),
            "{}",
            alarm.vi
        );
    }
}
