//! The only place that knows a socket, a pipe of a worker or the machine's clock.
//!
//! In: [`Source`], datagrams with their time of receipt, taken without waiting into a [`Batch`].
//! Out: [`Sink`], datagrams sent in one call without waiting; [`on_the_wire`] says whether they
//! left. It never looks into a packet, except where a file is paced by its PCR.

mod batch;
pub mod clock;
mod datagrams;
mod fec;
mod file;
pub mod igmp;
mod interface;
pub mod on_the_wire;
mod ring;
mod senders;
mod sink;
mod source;
mod srt;
mod worker;

#[cfg(test)]
mod lab;

pub use batch::Batch;
pub use fec::{Exits, Protected};
pub use interface::{Link, links};
pub use sink::{Sink, SinkCounters, SinkError};
pub use source::{Context, Source, SourceCounters, SourceError};
pub(crate) use worker::ends_with_us;
pub use worker::{Health, Prompter, Worker, WorkerError};
