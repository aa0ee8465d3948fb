//! A channel's own chain under a schedule of faults, for hours.
//!
//! In: the test picture. It goes through [`impair`] as through a bad line, into a node of its own,
//! and what comes out is judged. Only loopback unicast: nothing leaves the machine. Out: a
//! [`Report`] with what was lost where, the clock, the jitter, the memory and the incidents.

pub mod feed;
pub mod impair;
pub mod judge;
mod report;
mod rig;
pub mod schedule;
#[cfg(test)]
mod tests;

pub use report::{Fault, NodeSeen, Report, Seen};
pub use rig::{Observation, Rig, RigError, Settings};
pub use schedule::Schedule;
