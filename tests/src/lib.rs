//! What the tests of the whole node share: a lab of network namespaces, a receiver, a judge.

pub mod encoder;
pub mod fec;
pub mod judge;
pub mod lab;
pub mod node;
pub mod receiver;
pub mod relay;
pub mod sim;
