//! A request for a segment or a part that is not there yet waits for it (6.2.5 of the draft): woken by
//! each window, never asking on its own.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use packager::hls::{Answer, Directives};
use tokio::time::Instant;

use super::super::super::counters::{down, up};
use super::super::super::limits::{HOSTS, WAIT, WAITING_REQUESTS};
use super::super::super::problem::Problem;
use super::super::super::server::Stage;
use super::super::App;
use super::Asked;
use crate::node_handle::LiveWindow;

/// The answer, as soon as there is one.
///
/// # Errors
/// It did not come in time, too many wait, or the node stops.
pub(super) async fn until_there(
    app: &App,
    live: Arc<LiveWindow>,
    Asked { host, path, .. }: Asked<'_>,
    directives: Directives,
) -> Result<Answer, Problem> {
    // Before the first look, so that no change is missed.
    let mut changes = live.changes();
    let window = live.load();
    let answer = window.ask(path, directives);
    if !matches!(answer, Answer::Later) {
        return Ok(answer);
    }
    let Some(_place) = app.waiting_requests.take(host) else {
        return Err(Problem::busy(&format!(
            "{WAITING_REQUESTS} requests may wait for what comes next, {} of them of one address",
            WAITING_REQUESTS / HOSTS
        )));
    };
    let _waiting = Waiting::new(app);
    let patience = Duration::from_secs(3 * window.facts().target_duration);
    drop(window);
    // Only who shows the window keeps it, so that the end of the channel is noticed here.
    let shown = Arc::downgrade(&live);
    drop(live);
    let deadline = Instant::now() + patience.min(WAIT);
    let mut stage = app.stage.clone();
    loop {
        tokio::select! {
            changed = changes.changed() => if changed.is_err() {
                // The channel has stopped.
                return Ok(Answer::Nothing);
            },
            () = tokio::time::sleep_until(deadline) => {
                up(&app.counters.late_requests);
                return Err(late());
            }
            _ = stage.wait_for(|stage| *stage > Stage::Serving) => return Err(Problem::stopping()),
        }
        let Some(live) = shown.upgrade() else {
            return Ok(Answer::Nothing);
        };
        let answer = live.load().ask(path, directives);
        if !matches!(answer, Answer::Later) {
            return Ok(answer);
        }
    }
}

fn late() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "not-in-time",
        "It did not come in time",
    )
    .detail("what is asked for did not come within three target durations: the feed has paused")
    .next("read the playlist again: index.m3u8")
}

/// Counts a request while it waits, also when its client goes away.
struct Waiting<'a>(&'a App);

impl<'a> Waiting<'a> {
    fn new(app: &'a App) -> Self {
        up(&app.counters.waiting_requests);
        Self(app)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        down(&self.0.counters.waiting_requests);
    }
}
