//! The keys of `[archive]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::value::Size;

/// `[archive]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Archive {
    /// Bytes on the disk of `state-dir` that the programme of all channels may take. What is over
    /// it goes, the oldest first.
    pub quota: Size,
}

impl Default for Archive {
    fn default() -> Self {
        Self {
            quota: Size(50 << 30),
        }
    }
}
