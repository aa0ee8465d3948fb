//! The wire against three independent readers: what we write they read the same, and real
//! captures are read by us as by them.

mod answer;
mod captures;
mod emitted;
mod numbers;
mod readers;
mod texts;
