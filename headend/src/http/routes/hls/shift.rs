//! Time shift: `?from=SECONDS` of a playlist, and segments that have left the live window. Both come
//! from the archive; a slow disk holds up who asks it, and nobody else.

use axum::response::Response;
use packager::hls::{Object, ObjectKind};

use super::super::super::limits::ARCHIVE_READERS;
use super::super::super::problem::Problem;
use super::super::App;
use super::{Asked, PLAYLIST, found_object, missing};

/// `from=` of a query, Unix seconds; `None` without one.
pub(super) fn from(query: &str) -> Result<Option<u64>, Problem> {
    let mut all = query.split('&').filter_map(|p| p.strip_prefix("from="));
    let Some(written) = all.next() else {
        return Ok(None);
    };
    // `parse` would take a sign.
    let digits = written.bytes().all(|b| b.is_ascii_digit());
    let from = written.parse().ok().filter(|_| digits);
    match (from, all.next()) {
        (Some(from), None) => Ok(Some(from)),
        _ => Err(Problem::bad_request(
            "from is a time in whole seconds since 1970, and stands once",
            "ask with ?from=SECONDS; GET /api/v1/channels says what the earliest is",
        )),
    }
}

/// The playlist that begins at `from`, Unix seconds.
pub(super) async fn playlist(app: &App, asked: Asked<'_>, from: u64) -> Result<Response, Problem> {
    let Asked { channel, path, .. } = asked;
    let Some(archive) = app.node.archive.clone() else {
        return Ok(missing(app, channel, path));
    };
    let _place = place(app)?;
    let of = (channel.to_owned(), path.to_owned());
    // Hours of segments are a long list to write.
    let made = tokio::task::spawn_blocking(move || archive.playlist(&of.0, &of.1, from));
    let Some(text) = made.await.ok().flatten() else {
        return Ok(missing(app, channel, path));
    };
    let object = Object {
        body: text.into(),
        kind: ObjectKind::Playlist,
    };
    Ok(found_object(asked, PLAYLIST, object))
}

/// A segment or an init segment that the live window does not have.
pub(super) async fn segment(app: &App, asked: Asked<'_>) -> Result<Response, Problem> {
    let Asked { channel, path, .. } = asked;
    let archive = app.node.archive.as_ref();
    let Some(file) = archive.and_then(|archive| archive.find(channel, path)) else {
        return Ok(missing(app, channel, path));
    };
    let kind = match path.ends_with(".mp4") {
        true => ObjectKind::Init,
        false => ObjectKind::Segment,
    };
    match from_archive(app, file).await? {
        Some(body) => Ok(found_object(asked, PLAYLIST, Object { body, kind })),
        None => Ok(missing(app, channel, path)),
    }
}

/// A file of the archive; `None` where it has just gone.
pub(in crate::http::routes) async fn from_archive(
    app: &App,
    file: std::path::PathBuf,
) -> Result<Option<bytes::Bytes>, Problem> {
    let _place = place(app)?;
    Ok(tokio::fs::read(file).await.ok().map(bytes::Bytes::from))
}

fn place(app: &App) -> Result<tokio::sync::SemaphorePermit<'_>, Problem> {
    app.archive_readers.try_acquire().map_err(|_| {
        Problem::busy(&format!(
            "{ARCHIVE_READERS} requests read from the archive, and no more may"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_is_a_number_that_stands_once_and_other_words_are_passed_over() {
        assert_eq!(from("").unwrap(), None);
        assert_eq!(from("_HLS_msn=7&CMCD=x").unwrap(), None);
        assert_eq!(from("x=1&from=1794996000").unwrap(), Some(1_794_996_000));
        for bad in [
            "from=",
            "from=-1",
            "from=+1",
            "from=1.5",
            "from=now",
            "from=1&from=2",
        ] {
            assert!(from(bad).is_err(), "{bad}");
        }
    }
}
