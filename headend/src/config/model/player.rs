//! The keys of `[player]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[player]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Player {
    /// The telephone number that a hall calls when it needs help, as it shall be read there.
    #[schemars(length(min = 1, max = 32), example = &"024 3943 1234")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_phone: Option<String>,
    /// Who answers that number.
    #[schemars(length(min = 1, max = 64), example = &"Trung tâm điều hành")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_name: Option<String>,
}
