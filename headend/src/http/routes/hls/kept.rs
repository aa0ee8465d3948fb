//! A file of the archive as an answer: piece by piece, so that who takes it slowly, or takes nothing,
//! holds little memory.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::IpAddr;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use packager::hls::ObjectKind;

use super::super::super::limits::{ARCHIVE_READERS, CHUNK_BYTES, HOSTS, PLACE_WAIT};
use super::super::super::places::Place;
use super::super::super::problem::Problem;
use super::super::App;
use super::{IMMUTABLE, kind_of};

/// A place among those who read the archive.
pub(super) async fn place(app: &App, host: IpAddr) -> Result<Place, Problem> {
    let place = app.archive_readers.wait(host, 1, PLACE_WAIT).await;
    place.ok_or_else(|| {
        Problem::busy(&format!(
            "{ARCHIVE_READERS} requests may read from the archive, {} of them of one address",
            ARCHIVE_READERS / HOSTS
        ))
    })
}

/// The segment or the init segment that lies at `file` and is called `path`; `None` where it has
/// just gone. The place is held until the last piece has left.
pub(in crate::http::routes) async fn from_archive(
    app: &App,
    host: IpAddr,
    (file, path): (PathBuf, &str),
) -> Result<Option<Response>, Problem> {
    let place = place(app, host).await?;
    let opened = tokio::task::spawn_blocking(move || {
        let file = File::open(file)?;
        let left = file.metadata()?.len();
        Ok::<_, io::Error>(Pieces { file, left })
    });
    let Ok(Ok(pieces)) = opened.await else {
        return Ok(None);
    };
    let kind = match path.ends_with(".mp4") {
        true => ObjectKind::Init,
        false => ObjectKind::Segment,
    };
    let headers = [
        (header::CONTENT_TYPE, kind_of(path, kind)),
        (header::CACHE_CONTROL, IMMUTABLE),
        (header::CONTENT_LENGTH, pieces.left.into()),
    ];
    let body = stream::unfold(Some((pieces, place)), |state| async {
        let (mut pieces, place) = state?;
        let read = tokio::task::spawn_blocking(move || (pieces.next(), pieces));
        match read.await.ok()? {
            (Ok(piece), pieces) => Some((Ok(piece?), Some((pieces, place)))),
            (Err(error), _) => Some((Err(error), None)),
        }
    });
    Ok(Some((headers, Body::from_stream(body)).into_response()))
}

/// What is left of a file.
struct Pieces {
    file: File,
    left: u64,
}

impl Pieces {
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let length = CHUNK_BYTES.min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if length == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; length];
        self.file.read_exact(&mut piece)?;
        self.left -= length as u64;
        Ok(Some(piece.into()))
    }
}
