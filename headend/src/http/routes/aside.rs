//! Answers that take a while to make or are long: not made on the threads that serve live, few at
//! once, and no more of them in memory than may be.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::super::limits::{CHUNK_BYTES, PLACE_WAIT};
use super::super::places::Place;
use super::super::problem::Problem;
use super::App;

/// Does `work` when one of `places` is free, and holds that until it is done, also when nobody waits
/// for the answer any more.
///
/// # Errors
/// None became free in time.
pub(super) async fn aside<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    Ok(worked(places, work).await?.0)
}

/// The text that `make` makes, if there is one; a long one counts as memory of `host` until it has
/// left.
///
/// # Errors
/// There was no place for it.
pub(super) async fn written<E: Send + 'static>(
    (app, host): (&App, IpAddr),
    places: &Arc<Semaphore>,
    make: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
) -> Result<Result<Bytes, E>, Problem> {
    // The place is held until there is memory: no more texts than places wait for that.
    let (text, _place) = worked(places, make).await?;
    let text = match text {
        Ok(text) if text.len() > CHUNK_BYTES => text,
        short => return Ok(short.map(Into::into)),
    };
    let memory = app.list_bytes.wait(host, text.len(), PLACE_WAIT).await;
    let memory = memory.ok_or_else(|| Problem::busy("too many long lists are on their way"))?;
    Ok(Ok(Bytes::from_owner(Held {
        text,
        _memory: memory,
    })))
}

/// What `make` gives as JSON, likewise.
///
/// # Errors
/// Those of `make`, and there was no place for it.
pub(super) async fn json<T: Serialize>(
    asked: (&App, IpAddr),
    places: &Arc<Semaphore>,
    make: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let text = written(asked, places, || {
        serde_json::to_vec(&make()?).map_err(|error| Problem::busy(&error.to_string()))
    });
    let headers = [(header::CONTENT_TYPE, "application/json")];
    Ok((headers, text.await??).into_response())
}

struct Held {
    text: Vec<u8>,
    _memory: Place,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

async fn worked<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<(T, OwnedSemaphorePermit), Problem> {
    let free = timeout(PLACE_WAIT, places.clone().acquire_owned()).await;
    let Ok(Ok(place)) = free else {
        let detail = "as many requests as may do so read the record or write long lists";
        return Err(Problem::busy(detail));
    };
    let done = tokio::task::spawn_blocking(move || (work(), place));
    done.await.map_err(|_| Problem::stopping())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_goes_away_makes_no_room_for_more_work_than_may_be() {
        let places = Arc::new(Semaphore::new(1));
        let (go_on, wait) = mpsc::channel::<()>();
        let slow = aside(&places, move || wait.recv());
        let soon = Duration::from_millis(50);
        assert!(timeout(soon, slow).await.is_err());
        assert_eq!(places.available_permits(), 0);
        let refused = aside(&places, || ()).await.unwrap_err();
        assert_eq!(refused.status, 503);
        drop(go_on);
        aside(&places, || ()).await.unwrap();
    }
}
