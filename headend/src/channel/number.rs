//! The numbers of the channels.

/// The number of each channel: what is written, and for the others the lowest that is free, in
/// their order.
pub(super) fn numbers(written: impl Iterator<Item = Option<u16>>) -> Vec<u16> {
    let written: Vec<Option<u16>> = written.collect();
    let mut free = (1..=u16::MAX).filter(|number| !written.contains(&Some(*number)));
    let number = |number: &Option<u16>| number.or_else(|| free.next());
    // A node has fewer channels than there are numbers.
    written.iter().filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_without_a_number_has_the_lowest_that_no_other_has() {
        let written = [None, Some(2), None, Some(7), None];
        assert_eq!(numbers(written.into_iter()), [1, 2, 3, 7, 4]);
    }
}
