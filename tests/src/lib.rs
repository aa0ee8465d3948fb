//! What the tests of the whole node share: a lab of network namespaces, a receiver, a judge.

pub mod certificate;
pub mod crowd;
pub mod drill;
pub mod encoder;
pub mod fec;
pub mod front;
pub mod judge;
pub mod lab;
pub mod machine;
pub mod node;
pub mod origin;
pub mod page;
pub mod picture;
pub mod receiver;
pub mod relay;
pub mod screen;
pub mod sim;
pub mod stage;
pub mod wire;

/// How often what is repeated is repeated: `HEADEND_ROUNDS`, else 2; `make soak` asks for 20.
#[must_use]
pub fn rounds() -> usize {
    let written = std::env::var("HEADEND_ROUNDS").ok();
    written.and_then(|n| n.parse().ok()).unwrap_or(2)
}
