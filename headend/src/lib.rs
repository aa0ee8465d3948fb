//! The process around the packager: it gives the chain sockets, clocks, threads, HTTP, the CLI and
//! the record. `main.rs` is the program; this library is what it and its tests are made of.

pub mod announce;
pub mod archive;
pub mod cause;
pub mod channel;
pub mod cli;
pub mod config;
pub mod foreign;
pub mod hall;
pub mod http;
pub mod line;
pub mod live;
pub mod meeting;
pub mod metrics;
pub mod net;
pub mod node;
pub mod node_handle;
pub mod plan;
mod preflight;
pub mod report;
pub mod snapshot;
pub mod soak;
pub mod store;
pub mod tls;
pub mod webhook;
