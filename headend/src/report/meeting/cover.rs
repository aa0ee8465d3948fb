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

    /// In either.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(&other.0).copied())
    }

    /// In both.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both = self.0.iter().flat_map(|one| {
            let cut = |two: &(Millis, Millis)| (one.0.max(two.0), one.1.min(two.1));
            other.0.iter().map(cut)
        });
        Self::of(both)
    }

    /// In this one alone.
    pub(super) fn without(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(from, to) in &self.0 {
            let mut at = from;
            for &(begin, end) in &other.0 {
                left.push((at, begin.min(to)));
                at = at.max(end);
            }
            left.push((at, to));
        }
        Self::of(left)
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
            let (or, and, without) = (a.or(&b), a.and(&b), a.without(&b));
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
