//! Puts the packets of all lanes in the order of their DTS, so that sound does not come after
//! the PCR has passed it. Holds a bounded span.

use std::collections::VecDeque;

use ffmpeg_next::Packet;

use super::timeline::Ticks;

/// Bytes held at most; a span of wild timestamps does not grow memory.
const BYTES: usize = 64 << 20;

/// Packets that wait for their turn.
pub(super) struct Interleave {
    lanes: Vec<Lane>,
    /// How far the newest packet may be ahead of the oldest before that one goes without
    /// waiting for a silent lane.
    span: Ticks,
    newest: Ticks,
    bytes: usize,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Packet>,
    /// Subtitles come now and then: nobody waits for them.
    sparse: bool,
}

impl Interleave {
    /// Nothing waits.
    pub(super) fn new(span: Ticks) -> Self {
        Self {
            lanes: Vec::new(),
            span,
            newest: Ticks::MIN,
            bytes: 0,
        }
    }

    /// Another span from now on.
    pub(super) fn set_span(&mut self, span: Ticks) {
        self.span = span;
    }

    /// The lanes by index, each sparse or not; nothing waits then.
    pub(super) fn set_lanes(&mut self, sparse: &[bool]) {
        self.bytes = 0;
        let lane = |&sparse: &bool| Lane {
            waiting: VecDeque::new(),
            sparse,
        };
        self.lanes = sparse.iter().map(lane).collect();
    }

    /// Takes a packet of a lane; its DTS is set and rises within the lane.
    pub(super) fn push(&mut self, lane: usize, packet: Packet) {
        self.newest = self.newest.max(packet.dts().unwrap_or(self.newest));
        self.bytes += packet.size();
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.waiting.push_back(packet);
        }
    }

    /// The next packet, once no earlier one can come or it waited for long enough.
    pub(super) fn pop(&mut self) -> Option<(usize, Packet)> {
        let (lane, dts) = self.oldest()?;
        let complete = self
            .lanes
            .iter()
            .all(|lane| lane.sparse || !lane.waiting.is_empty());
        let ripe = self.newest - dts > self.span || self.bytes > BYTES;
        if complete || ripe {
            self.take(lane)
        } else {
            None
        }
    }

    /// The next packet, whatever may come: the source has ended.
    pub(super) fn drain(&mut self) -> Option<(usize, Packet)> {
        let (lane, _) = self.oldest()?;
        self.take(lane)
    }

    fn oldest(&self) -> Option<(usize, Ticks)> {
        let heads = self.lanes.iter().enumerate().filter_map(|(index, lane)| {
            let head = lane.waiting.front()?;
            Some((index, head.dts().unwrap_or(Ticks::MIN)))
        });
        heads.min_by_key(|&(_, dts)| dts)
    }

    fn take(&mut self, lane: usize) -> Option<(usize, Packet)> {
        let packet = self.lanes.get_mut(lane)?.waiting.pop_front()?;
        self.bytes = self.bytes.saturating_sub(packet.size());
        Some((lane, packet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(dts: Ticks) -> Packet {
        let mut packet = Packet::copy(&[0; 4]);
        packet.set_dts(Some(dts));
        packet
    }

    fn order(mut interleave: Interleave, packets: &[(usize, Ticks)]) -> Vec<(usize, Ticks)> {
        let mut out = Vec::new();
        for &(lane, dts) in packets {
            interleave.push(lane, packet(dts));
            while let Some((lane, packet)) = interleave.pop() {
                out.push((lane, packet.dts().expect("set above")));
            }
        }
        out
    }

    fn two_lanes(span: Ticks) -> Interleave {
        let mut interleave = Interleave::new(span);
        interleave.set_lanes(&[false, false]);
        interleave
    }

    #[test]
    fn a_second_of_picture_then_a_second_of_sound_leave_in_order() {
        let packets = [(0, 0), (0, 40), (0, 80), (1, 0), (1, 20), (1, 50), (1, 90)];
        assert_eq!(
            order(two_lanes(1000), &packets),
            [(0, 0), (1, 0), (1, 20), (0, 40), (1, 50), (0, 80)]
        );
    }

    #[test]
    fn a_lane_that_falls_silent_holds_the_others_no_longer_than_the_span() {
        let packets = [(0, 0), (1, 1), (0, 40), (0, 80), (0, 120), (0, 160)];
        assert_eq!(order(two_lanes(100), &packets), [(0, 0), (1, 1), (0, 40)]);
    }

    #[test]
    fn nobody_waits_for_subtitles() {
        let mut interleave = Interleave::new(1000);
        interleave.set_lanes(&[false, true]);
        assert_eq!(order(interleave, &[(0, 0), (0, 40)]), [(0, 0), (0, 40)]);
    }
}
