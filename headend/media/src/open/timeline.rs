//! One timeline for all streams of a source. In: timestamps as received, with leaps, gaps and
//! holes. Out: DTS that only rises in each stream, PTS at or after it, and no leap.

/// Ticks of 90 kHz.
pub(super) type Ticks = i64;

/// A stream whose time is this far from the others' has leapt (a new recording, a wrap, a clock
/// that was set); a gap below it is kept as it is.
const LEAP: Ticks = 10 * 90_000;
/// DTS never goes back within a stream; a little of it is rounding, more is a leap.
const BACK: Ticks = 90_000 / 10;
/// A PTS has 33 bits (ISO/IEC 13818-1 clause 2.4.3.7).
const WRAP: Ticks = 1 << 33;
/// Times beyond this are damage; below it no sum of two overflows.
const SANE: Ticks = 1 << 60;
/// Step of a stream that says nothing of its own: 40 ms.
const STEP: Ticks = 3_600;

/// When a packet is decoded and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) pts: Ticks,
    pub(super) dts: Ticks,
}

/// What a source says of a packet's time, in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) pts: Option<Ticks>,
    pub(super) dts: Option<Ticks>,
    pub(super) duration: Ticks,
}

/// Where each stream stands.
pub(super) struct Timeline {
    /// The newest DTS of any stream; at first, where the timeline starts.
    newest: Ticks,
    /// Where all that came has been shown.
    end: Ticks,
    /// What was last added to a received time, of any stream.
    offset: Option<Ticks>,
    streams: Vec<Clock>,
    /// Times stay as received, but for wraps.
    faithful: bool,
    leapt: bool,
}

#[derive(Clone, Copy, Default)]
struct Clock {
    offset: Option<Ticks>,
    last: Option<Ticks>,
    step: Ticks,
}

impl Raw {
    fn sane(self) -> Self {
        let sane = |time: &Ticks| (-SANE..SANE).contains(time);
        Self {
            pts: self.pts.filter(sane),
            dts: self.dts.filter(sane),
            duration: self.duration,
        }
    }
}

impl Timeline {
    /// A timeline whose first packet has this DTS.
    pub(super) fn new(start: Ticks) -> Self {
        Self {
            newest: start,
            end: start,
            offset: None,
            streams: Vec::new(),
            faithful: false,
            leapt: false,
        }
    }

    /// One on which times stay as they are received, but for wraps of 33 bits: what is made of a
    /// stream fits beside it. It does not go on over a leap.
    pub(super) fn faithful() -> Self {
        Self {
            faithful: true,
            ..Self::new(0)
        }
    }

    /// Whether the source's time has leapt, where that is the end.
    pub(super) fn has_leapt(&self) -> bool {
        self.leapt
    }

    /// The source starts, or a file is played again: its first picture and sound, at `start`
    /// where the source says it, follow the last.
    pub(super) fn restart(&mut self, start: Option<Ticks>) {
        if self.faithful {
            return;
        }
        let sane = start.filter(|start| (-SANE..SANE).contains(start));
        self.offset = sane.map(|start| self.end - start);
        for clock in &mut self.streams {
            clock.offset = None;
        }
    }

    /// The repaired time of the next packet of a stream.
    pub(super) fn stamp(&mut self, stream: usize, raw: Raw) -> Stamp {
        if self.streams.len() <= stream {
            self.streams.resize(stream + 1, Clock::default());
        }
        let mut clock = self.streams[stream];
        let raw = raw.sane();
        if raw.duration > 0 && raw.duration < LEAP {
            clock.step = raw.duration;
        } else if clock.step == 0 {
            clock.step = STEP;
        }
        let follows = clock.last.map(|last| last + clock.step);
        let (pts, dts) = match decode_time(raw, clock.offset, follows) {
            Some(received) => {
                let offset = match self.faithful {
                    true => self.wrapped(received),
                    false => self.fitting(&clock, received),
                };
                clock.offset = Some(offset);
                self.offset = Some(offset);
                let dts = received + offset;
                (raw.pts.map_or(dts, |pts| pts + offset), dts)
            }
            None => {
                let dts = follows.unwrap_or(self.newest);
                (dts, dts)
            }
        };
        let dts = clock.last.map_or(dts, |last| dts.max(last + 1));
        // A picture cannot wait for ever either: a PTS beyond a leap is damage.
        let pts = if pts > dts + LEAP { dts } else { pts.max(dts) };
        clock.last = Some(dts);
        self.newest = self.newest.max(dts);
        self.end = self.end.max(pts + clock.step);
        self.streams[stream] = clock;
        Stamp { pts, dts }
    }

    /// Whole wraps to add to a received time.
    fn wrapped(&mut self, received: Ticks) -> Ticks {
        if self.offset.is_none() {
            // FFmpeg counts down to a wrap that is near, and the muxer knows no time below zero.
            self.newest = received.rem_euclid(WRAP);
        }
        let way = self.newest.saturating_sub(received);
        let offset = (way + WRAP / 2).div_euclid(WRAP) * WRAP;
        self.leapt |= (received + offset - self.newest).abs() >= LEAP;
        offset
    }

    /// What to add to a received time: as before, as for the other streams, or anew so that the
    /// stream goes on without a gap.
    fn fitting(&self, clock: &Clock, received: Ticks) -> Ticks {
        let fits = |offset: &Ticks| {
            let dts = received + offset;
            let back = clock.last.is_some_and(|last| dts < last - BACK);
            !back && (dts - self.newest).abs() < LEAP
        };
        let known = [clock.offset, self.offset];
        known.into_iter().flatten().find(fits).unwrap_or_else(|| {
            let next = match (self.offset, clock.last) {
                (None, None) => self.newest,
                (_, Some(last)) => self.newest.max(last + clock.step),
                (Some(_), None) => self.newest,
            };
            next - received
        })
    }
}

/// The received DTS; without one, the time that follows the last packet, but not after the PTS.
fn decode_time(raw: Raw, offset: Option<Ticks>, follows: Option<Ticks>) -> Option<Ticks> {
    match (raw.dts, raw.pts) {
        (Some(dts), _) => Some(dts),
        (None, Some(pts)) => Some(match (offset, follows) {
            (Some(offset), Some(follows)) if (pts - (follows - offset)).abs() < LEAP => {
                pts.min(follows - offset)
            }
            _ => pts,
        }),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
