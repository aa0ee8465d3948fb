//! What guards an output against the network behind it.
//!
//! In: the datagrams that leave. Out: more datagrams that go beside them. It never holds one back.

mod fec;

pub use fec::{Fec, Matrix, MatrixError};
