//! Decides everything about the stream: bytes and `now` in, bytes out.
//!
//! The modules stand in the stream's order. Nothing here opens a socket, reads a clock, starts a
//! thread or touches a file, so each rule can be tested with time driven by hand.
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

pub mod chain;
pub mod emit;
pub mod feed;
pub mod hls;
pub mod monitor;
pub mod protect;
pub mod receive;
pub mod remux;
pub mod select;
pub mod shape;
pub mod time;
pub mod ts;
