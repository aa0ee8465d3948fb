//! A judge of HLS by the rules R01 to R73 (draft-pantos-hls-rfc8216bis-22, 1 May 2026).
//!
//! In: [`Fetch`]es, each with its time. Out: what to fetch next ([`Judge::pull`]), and for each rule
//! whether it held, with what was seen where it did not ([`Judge::report`]). It opens no socket,
//! reads no clock, and shares no code with the packager that it judges: playlists, transport streams
//! and fragments are read here once more, strictly. Whatever a server sends ends in findings; the
//! memory of a judge has caps.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod fetch;
mod judge;
mod ledger;
mod media;
mod playlist;
mod rule;
mod url;

pub use fetch::{Fetch, Protocol};
pub use judge::{Judge, Request};
pub use ledger::{Finding, Line, Severity, Verdict};
pub use rule::{RULES, Rule};
