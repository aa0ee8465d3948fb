//! Which input is on air, and the cut from one to another.
//!
//! In: feeds with their fitness. Out: one unbroken row of packets on the line of the outputs.
//! `reserve` keeps what a switch begins with, `policy` decides when, `splice` carries it out. It
//! makes no table and knows no output.

mod policy;
mod reserve;
mod splice;

pub use policy::{Fitness, Reason, Revert, Rhythm, Selector};
pub use reserve::Reserve;
pub use splice::{Cut, Splice};
