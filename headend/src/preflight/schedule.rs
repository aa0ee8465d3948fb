//! The schedule: whether each meeting to come has its channel.

use std::collections::BTreeMap;

use super::{Line, say};
use crate::meeting::Meeting;
use crate::snapshot::ChannelSnapshot;

/// A line for each channel that is no more and has meetings to come.
pub(crate) fn judge(meetings: &[Meeting], channels: &[ChannelSnapshot]) -> Vec<Line> {
    let known = |meeting: &&Meeting| channels.iter().any(|c| c.id == meeting.channel);
    let mut lost = BTreeMap::<&str, Vec<&Meeting>>::new();
    for meeting in meetings.iter().filter(|meeting| !known(meeting)) {
        lost.entry(&meeting.channel).or_default().push(meeting);
    }
    lost.into_iter().filter_map(line).collect()
}

fn line((channel, meetings): (&str, Vec<&Meeting>)) -> Option<Line> {
    let (first, rest) = meetings.split_first()?;
    let (id, named) = (&first.id, first.named());
    let (more, more_vi) = match rest.len() {
        0 => (String::new(), String::new()),
        rest => (format!(" and {rest} more"), format!(" và {rest} cuộc khác")),
    };
    let text = say(
        format!("{named}{more}: there is no channel `{channel}`"),
        format!("{named}{more_vi}: không có kênh `{channel}`"),
    );
    let line = Line::warning("schedule", channel, text);
    Some(line.fix(say(
        format!("give it another: headend meeting change {id} --channel CHANNEL"),
        format!("hãy chuyển kênh: headend meeting change {id} --channel CHANNEL"),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Grade;

    #[test]
    fn a_meeting_whose_channel_is_no_more_is_a_warning() {
        let meeting = |channel: &str| Meeting {
            id: "m7".to_owned(),
            channel: channel.to_owned(),
            ..Meeting::default()
        };
        let hop = ChannelSnapshot {
            id: "hop".to_owned(),
            ..ChannelSnapshot::default()
        };
        let meetings = ["hop", "cu", "cu"].map(meeting);
        let lines = judge(&meetings, &[hop]);
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].grade, &*lines[0].place), (Grade::Warning, "cu"));
        assert!(
            lines[0]
                .text
                .en
                .contains("and 1 more: there is no channel `cu`")
        );
    }
}
