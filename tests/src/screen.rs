//! A screen without glass: an X server on the receiver's host.

use std::time::Duration;

use anyhow::Result;

use crate::lab::{Host, Lab, Running, until};

/// Gone when it is dropped.
pub struct Screen {
    /// `:7`, for DISPLAY.
    pub display: String,
    _server: Running,
}

impl Screen {
    /// Switches a screen of this size on.
    ///
    /// # Errors
    /// Xvfb is missing, or does not come up.
    pub fn new(lab: &Lab, size: &str) -> Result<Self> {
        let mode = format!("{size}x24");
        let args = ["-displayfd", "1", "-screen", "0", &mode];
        let server = lab.start(Host::Receiver, "Xvfb", &args)?;
        let number = || -> Option<u32> { server.said().lines().find_map(|l| l.parse().ok()) };
        until("a screen", Duration::from_secs(20), || number().is_some())?;
        let display = format!(":{}", number().unwrap_or_default());
        Ok(Self {
            display,
            _server: server,
        })
    }
}
