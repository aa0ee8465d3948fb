//! Pace and rate of an output.
//!
//! In: packets of one programme with their stream time. Out: packets with departure times, at a
//! constant rate where the output has one. It never sends.

/// What goes when the input is faster than the output's constant rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow {
    /// Video waits for the next random access point that fits; sound and tables go on. Choose it
    /// for meetings: sound matters most.
    #[default]
    KeepSound,
    /// Everything of the programme is dropped until the queue is short again. Choose it when the
    /// receiver cannot bear sound without picture.
    DropAll,
}
