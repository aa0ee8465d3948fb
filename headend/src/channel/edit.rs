//! Where plans come from: the configuration, and what operators added on the CLI.

use crate::node_handle::Refusal;
use crate::plan::Plan;

/// What is asked of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Read it again.
    Read,
    /// Add a channel and read it again.
    Add(serde_json::Value),
    /// Remove a channel that was added and read it again.
    Remove(String),
}

/// Carries out an edit and gives the plan that follows; the flag asks only for the plan, and
/// nothing is kept.
pub type Editor = Box<dyn Fn(&Edit, bool) -> Result<Plan, Refusal> + Send>;
