//! The HLS of a running channel as HTTP reads it: the window now, and word of the next one.

use std::sync::Arc;

use arc_swap::ArcSwap;
use packager::hls::Window;
use tokio::sync::watch;

/// A window that is swapped at each part.
#[derive(Debug)]
pub struct LiveWindow {
    window: ArcSwap<Window>,
    changed: watch::Sender<()>,
}

impl LiveWindow {
    /// Shows `window` until the first swap.
    #[must_use]
    pub fn new(window: Arc<Window>) -> Self {
        Self {
            window: ArcSwap::new(window),
            changed: watch::Sender::new(()),
        }
    }

    /// The window now.
    #[must_use]
    pub fn load(&self) -> Arc<Window> {
        self.window.load_full()
    }

    /// Shows `window` from now on and wakes all who wait for it.
    pub fn store(&self, window: Arc<Window>) {
        self.window.store(window);
        self.changed.send_replace(());
    }

    /// Word of each swap from now on; an error when the channel has stopped.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}
