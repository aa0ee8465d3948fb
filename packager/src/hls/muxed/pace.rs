//! When each packet of a segment arrives: in time for its decoder, and no faster than it must.

use crate::ts::clock::Ticks;

/// The arrival of a segment's packets: so many by each of these times. Between two it is at one
/// rate, and no later rate is higher, so an IDR comes in as slowly as its decoding time allows.
#[derive(Debug)]
pub(super) struct Pace {
    /// From the segment's begin, and packets until then; the first is no time and no packet.
    knots: Vec<(i64, i64)>,
    /// The knot up to which packets were asked for.
    at: usize,
}

impl Pace {
    /// For units that are `due` so long after the segment's begin, in that order, with the packets
    /// of each. All have arrived after `length`.
    pub(super) fn new(due: impl Iterator<Item = (Ticks, usize)>, length: Ticks) -> Self {
        let length = length.get().max(1);
        let mut knots = vec![(0, 0)];
        let mut sum = 0;
        for (due, packets) in due {
            sum += i64::try_from(packets).unwrap_or(0);
            add(&mut knots, (due.get().clamp(1, length), sum));
        }
        add(&mut knots, (length, sum));
        Self { knots, at: 1 }
    }

    /// Packets in all.
    pub(super) fn packets(&self) -> usize {
        let last = self.knots.last().map_or(0, |last| last.1);
        usize::try_from(last).unwrap_or(0)
    }

    /// When packet `number` begins to arrive; numbers only go up.
    pub(super) fn time(&mut self, number: usize) -> Ticks {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        while let (Some(&from), Some(&to)) = (self.knots.get(self.at - 1), self.knots.get(self.at))
        {
            if number < to.1 {
                let part = i128::from(number - from.1) * i128::from(to.0 - from.0);
                let part = part / i128::from((to.1 - from.1).max(1));
                return Ticks::new(from.0 + i64::try_from(part).unwrap_or(0));
            }
            self.at += 1;
        }
        Ticks::new(self.knots.last().map_or(0, |last| last.0))
    }
}

/// Adds a knot, and takes out those under the line to it.
fn add(knots: &mut Vec<(i64, i64)>, knot: (i64, i64)) {
    while let &[.., before, last] = knots.as_slice() {
        let rises = |(ax, ay): (i64, i64), (bx, by): (i64, i64), other: (i64, i64)| {
            i128::from(by - ay) * i128::from(other.0) >= i128::from(other.1) * i128::from(bx - ax)
        };
        let step = (last.0 - before.0, last.1 - before.1);
        if !rises(last, knot, step) {
            break;
        }
        knots.pop();
    }
    knots.push(knot);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packets_are_there_in_time_and_never_faster_than_before(
            steps in prop::collection::vec((0i64..100, 0usize..50), 1..100),
        ) {
            let mut at = 110;
            let units: Vec<_> = steps
                .iter()
                .map(|&(step, packets)| {
                    at += step;
                    (Ticks::from_millis(at), packets)
                })
                .collect();
            let length = Ticks::from_millis(at - 40);
            let mut pace = Pace::new(units.iter().copied(), length);
            let (mut number, mut last, mut longest) = (0, None, 0);
            for (due, packets) in units {
                for _ in 0..packets {
                    let time = pace.time(number);
                    prop_assert!(time <= due.min(length));
                    if let Some(last) = last.replace(time) {
                        // To the rounding of a tick at each end.
                        prop_assert!((time - last).get() + 2 >= longest);
                        longest = longest.max((time - last).get());
                    }
                    number += 1;
                }
            }
        }
    }
}
