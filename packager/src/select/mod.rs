//! Which input is on air, and the cut from one to another.
//!
//! In: feeds with their fitness. Out: one unbroken row of packets on the line of the outputs.
//! `fitness` scores them, `policy` decides when, `reserve` keeps what a switch begins with, `splice`
//! carries it out. It
//! makes no table and knows no output.

mod fitness;
mod policy;
mod reserve;
mod splice;

pub use fitness::{Content, Fitness, Wear};
pub use policy::{Policy, Reason, Revert, Selector};
pub use reserve::Reserve;
pub use splice::{Cut, Splice};
