//! The judge is judged: a server that obeys every rule is let go, one that breaks a rule is found
//! out, and so is a playlist with one small change.

mod fixtures;
mod mutation;
mod mux;
mod server;
