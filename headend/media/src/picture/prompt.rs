//! What a slate is told to say: lines of standard input, each in place of the one before.

use std::io::BufRead;
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// The text that the picture does not have yet.
pub(super) struct Prompt(Receiver<String>);

impl Prompt {
    /// Reads standard input to its end; the last text stays.
    pub(super) fn start() -> Self {
        // Few: who speaks faster than the picture is drawn waits.
        let (tell, told) = mpsc::sync_channel(4);
        thread::spawn(move || {
            let lines = std::io::stdin().lock().lines();
            for line in lines.map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self(told)
    }

    /// The last text that came since the call before.
    pub(super) fn news(&self) -> Option<String> {
        self.0.try_iter().last()
    }
}
