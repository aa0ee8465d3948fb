//! What the tests of the tables share.

use super::{Descriptor, Descriptors};
use proptest::prelude::*;

/// A loop of up to four descriptors of any tag, 168 bytes at most.
pub(crate) fn loops() -> impl Strategy<Value = Descriptors> {
    let one = (any::<u8>(), prop::collection::vec(any::<u8>(), 0..40));
    prop::collection::vec(one, 0..4).prop_map(|all| {
        let other = |(tag, body)| Descriptor::Other { tag, body };
        all.into_iter().map(other).collect()
    })
}
