//! When another input goes on air.

use std::ops::RangeInclusive;
use std::time::Duration;

use packager::select::{Fitness, Policy, Revert};

use super::super::model::{Failover, InputFault, WhenBack};
use super::super::tree::Item;
use super::super::value::Span;
use super::Reader;

const REVERT_AFTER: RangeInclusive<Span> = Span::from_millis(1_000)..=Span::from_millis(3_600_000);
const HOLD_DOWN: RangeInclusive<Span> = Span::from_millis(1_000)..=Span::from_millis(600_000);
const AFTER: RangeInclusive<Span> = Span::from_millis(500)..=Span::from_millis(600_000);

impl Reader<'_> {
    pub(super) fn failover(&mut self, failover: &Failover, item: &Item) -> Policy {
        let place = item.place_of("revert-after");
        self.span(failover.revert_after, REVERT_AFTER, place);
        self.span(failover.hold_down, HOLD_DOWN, item.place_of("hold-down"));
        let empty = Item::empty(item.place.clone());
        let after_item = item.get("after").unwrap_or(&empty);
        let after = Fitness::FAULTS.map(|fault| {
            let span = failover.after.of(fault);
            if let Some(span) = span {
                self.span(span, AFTER, after_item.place_of(fault.word()));
            }
            let ignored = failover.ignore.iter().any(|ignored| ignored.is(fault));
            (!ignored).then(|| span.map_or(Duration::ZERO, |span| span.0))
        });
        let long = failover.revert_after.0;
        Policy {
            revert: match failover.revert {
                WhenBack::Never => Revert::Never,
                WhenBack::Once => Revert::Once(long),
                WhenBack::WhenWell => Revert::WhenWell(long),
            },
            hold_down: failover.hold_down.0,
            after,
        }
    }
}

impl super::super::model::After {
    /// How long a fault lasts before another input goes on air; `None` is at once.
    fn of(&self, fault: Fitness) -> Option<Span> {
        match fault {
            Fitness::NoPackets | Fitness::Ready => None,
            Fitness::NoProgramme => Some(self.no_programme),
            Fitness::Scrambled => Some(self.scrambled),
            Fitness::NoVideo => Some(self.no_video),
            Fitness::Black => Some(self.black),
            Fitness::Frozen => Some(self.frozen),
            Fitness::NoAudio => Some(self.no_audio),
            Fitness::Mute => Some(self.mute),
            Fitness::Lossy => Some(self.lossy),
            Fitness::NoClock => Some(self.no_clock),
            Fitness::NoTables => Some(self.no_tables),
        }
    }
}

impl InputFault {
    const fn is(self, fault: Fitness) -> bool {
        matches!(
            (self, fault),
            (Self::NoPackets, Fitness::NoPackets)
                | (Self::NoProgramme, Fitness::NoProgramme)
                | (Self::Scrambled, Fitness::Scrambled)
                | (Self::NoVideo, Fitness::NoVideo)
                | (Self::Black, Fitness::Black)
                | (Self::Frozen, Fitness::Frozen)
                | (Self::NoAudio, Fitness::NoAudio)
                | (Self::Mute, Fitness::Mute)
                | (Self::Lossy, Fitness::Lossy)
                | (Self::NoClock, Fitness::NoClock)
                | (Self::NoTables, Fitness::NoTables)
        )
    }
}
