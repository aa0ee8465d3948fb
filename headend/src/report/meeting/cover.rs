//! A set of times, as spans that do not touch, in order.

use super::Millis;

/// Half-open spans, milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover(Vec<(Millis, Millis)>);

impl Cover {
    /// Of any spans; those that are empty or turned round are left out.
    pub(super) fn of(spans: impl IntoIterator<Item = (Millis, Millis)>) -> Self {
        let mut all: Vec<_> = spans.into_iter().filter(|(from, to)| from < to).collect();
        all.sort_unstable();
        let mut joined: Vec<(Millis, Millis)> = Vec::new();
        for (from, to) in all {
            match joined.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// In both. The shorter one is `other`: each span of it is looked for.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both = other.ends().flat_map(|(from, to)| {
            let cut = move |(begin, end): (Millis, Millis)| (from.max(begin), to.min(end));
            self.within(from, to).map(cut)
        });
        Self(both.collect())
    }

    /// In this one alone.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (from, to) in self.ends() {
            let mut at = from;
            for (begin, end) in other.within(from, to) {
                left.push((at, begin));
                at = end;
            }
            left.push((at, to));
        }
        Self::of(left)
    }

    /// The spans that have something between `from` and `to`.
    fn within(&self, from: Millis, to: Millis) -> impl Iterator<Item = (Millis, Millis)> {
        let first = self.0.partition_point(|(_, end)| *end <= from);
        let spans = self.ends().skip(first);
        spans.take_while(move |(begin, _)| *begin < to)
    }

    pub(super) fn ends(&self) -> impl Iterator<Item = (Millis, Millis)> {
        self.0.iter().copied()
    }

    #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
    pub(super) fn seconds(&self) -> f64 {
        self.0.iter().map(|(from, to)| to - from).sum::<Millis>() as f64 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans() -> impl Strategy<Value = Vec<(Millis, Millis)>> {
        proptest::collection::vec((0..60_i64, 0..60_i64), 0..8)
    }

    fn holds(spans: &[(Millis, Millis)], at: Millis) -> bool {
        spans.iter().any(|(from, to)| (*from..*to).contains(&at))
    }

    proptest! {
        #[test]
        fn each_moment_is_where_it_belongs(one in spans(), two in spans()) {
            let (a, b) = (Cover::of(one.clone()), Cover::of(two.clone()));
            let or = Cover::of([one.clone(), two.clone()].concat());
            let (and, without) = (a.and(&b), a.without(&b));
            for at in 0..60 {
                let (a, b) = (holds(&one, at), holds(&two, at));
                prop_assert_eq!(holds(&or.0, at), a || b);
                prop_assert_eq!(holds(&and.0, at), a && b);
                prop_assert_eq!(holds(&without.0, at), a && !b);
            }
            let both = or.seconds() + and.seconds();
            prop_assert!((both - a.seconds() - b.seconds()).abs() < 1e-9);
        }
    }
}
