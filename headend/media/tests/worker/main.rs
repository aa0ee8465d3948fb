//! The built worker from outside: what it writes, what it says, how it ends.

mod changes;
mod harness;
mod network;
mod open;
mod test_picture;
