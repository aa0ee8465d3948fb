//! What was on air from when to when: a span for each state of a channel, written when it begins,
//! every few seconds while it lasts, and when it ends. A node that is killed leaves its last span
//! without an end, known to within 5 s.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Millis;
use crate::snapshot::{ChannelSnapshot, ChannelState};

/// A span that lasts is written again after this, ms.
const TOLD_EVERY: Millis = 5_000;
/// Two looks further apart than this are a gap: the machine slept, or its clock was set.
const GAP: Millis = 10_000;

/// A channel in one state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The channel.
    pub channel: String,
    /// When the node's run began.
    pub run: Millis,
    /// Since when.
    pub start: Millis,
    /// Known to hold until here.
    pub last: Millis,
    /// Whether it ended at `last`; otherwise it went on for an unknown time.
    pub closed: bool,
    /// The state.
    pub state: ChannelState,
    /// The input on air.
    pub input: Option<usize>,
    /// Of that input.
    pub url: String,
}

/// Another input went on air.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Switched {
    /// The channel.
    pub channel: String,
    /// When, milliseconds since 1970.
    pub at: Millis,
    /// The input before; none is the slate.
    pub from: Option<usize>,
    /// The input since; none is the slate.
    pub to: Option<usize>,
    /// Why, by the words of `[channel.failover]`.
    pub reason: String,
    /// How long no picture was new.
    pub gap_seconds: f64,
}

/// The states of all channels of a run.
#[derive(Debug)]
pub struct Journal {
    run: Millis,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    span: Span,
    told: Millis,
}

impl Journal {
    /// Of a run that begins at `run`.
    #[must_use]
    pub const fn new(run: Millis) -> Self {
        Self {
            run,
            open: Vec::new(),
        }
    }

    /// Takes the channels at `now`; answers the spans that have to be written.
    pub fn see(&mut self, channels: &[ChannelSnapshot], now: Millis) -> Vec<Span> {
        let mut told = Vec::new();
        self.open.retain_mut(|open| {
            let is = |c: &&ChannelSnapshot| c.id == open.span.channel;
            let same = channels.iter().find(is).is_some_and(|c| open.is(c));
            let whole = (0..=GAP).contains(&(now - open.span.last));
            if whole {
                open.span.last = now;
            }
            if same && whole {
                if now - open.told >= TOLD_EVERY {
                    open.told = now;
                    told.push(open.span.clone());
                }
                return true;
            }
            open.span.closed = whole;
            told.push(open.span.clone());
            false
        });
        for channel in channels {
            if self.open.iter().any(|open| open.span.channel == channel.id) {
                continue;
            }
            let span = self.begun(channel, now);
            told.push(span.clone());
            self.open.push(Open { span, told: now });
        }
        told
    }

    /// The node ends in order.
    pub fn end(&mut self, now: Millis) -> Vec<Span> {
        self.see(&[], now)
    }

    fn begun(&self, channel: &ChannelSnapshot, now: Millis) -> Span {
        let url = channel.on_air.and_then(|input| channel.inputs.get(input));
        Span {
            channel: channel.id.clone(),
            run: self.run,
            start: now,
            last: now,
            closed: false,
            state: channel.state,
            input: channel.on_air,
            url: url.map(|input| input.url.clone()).unwrap_or_default(),
        }
    }
}

impl Open {
    fn is(&self, channel: &ChannelSnapshot) -> bool {
        self.span.state == channel.state && self.span.input == channel.on_air
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_air(input: usize) -> Vec<ChannelSnapshot> {
        vec![ChannelSnapshot {
            id: "hop".to_owned(),
            state: ChannelState::OnAir,
            on_air: Some(input),
            ..ChannelSnapshot::default()
        }]
    }

    /// Start, last and whether it ended there.
    fn said(spans: &[Span]) -> Vec<(Millis, Millis, bool)> {
        let said = spans.iter().map(|s| (s.start, s.last, s.closed));
        said.collect()
    }

    #[test]
    fn a_span_is_told_when_it_begins_each_five_seconds_and_when_it_ends() {
        let mut journal = Journal::new(0);
        assert_eq!(
            said(&journal.see(&on_air(0), 1_000)),
            [(1_000, 1_000, false)]
        );
        for now in [2_000, 3_000, 4_000, 5_000] {
            assert_eq!(journal.see(&on_air(0), now), []);
        }
        assert_eq!(
            said(&journal.see(&on_air(0), 6_000)),
            [(1_000, 6_000, false)]
        );
        let switched = journal.see(&on_air(1), 7_000);
        assert_eq!(
            said(&switched),
            [(1_000, 7_000, true), (7_000, 7_000, false)]
        );
        assert_eq!(said(&journal.end(8_000)), [(7_000, 8_000, true)]);
        assert_eq!(journal.end(9_000), []);
    }

    #[test]
    fn a_machine_that_slept_leaves_a_gap() {
        let mut journal = Journal::new(0);
        let _ = journal.see(&on_air(0), 1_000);
        let woken = journal.see(&on_air(0), 3_601_000);
        assert_eq!(
            said(&woken),
            [(1_000, 1_000, false), (3_601_000, 3_601_000, false)]
        );
        let set_back = journal.see(&on_air(0), 5_000);
        assert_eq!(
            said(&set_back),
            [(3_601_000, 3_601_000, false), (5_000, 5_000, false)]
        );
    }
}
