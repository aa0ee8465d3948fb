//! Time shift: `?from=SECONDS` of a playlist, and segments that have left the live window. Both come
//! from the archive; a slow disk holds up who asks it, and nobody else.

use axum::response::Response;

use super::super::super::problem::Problem;
use super::super::App;
use super::super::aside::written;
use super::{Asked, PLAYLIST, from_archive, missing};

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
    let of = (channel.to_owned(), path.to_owned());
    // Hours of segments are a long list to write.
    let made = written((app, asked.host), &app.lists, move || {
        let text = archive.playlist(&of.0, &of.1, from);
        text.map(String::into_bytes).ok_or(())
    });
    Ok(match made.await? {
        Ok(text) => super::playlist(asked.headers, PLAYLIST, text),
        Err(()) => missing(app, channel, path),
    })
}

/// A segment or an init segment that the live window does not have.
pub(super) async fn segment(app: &App, asked: Asked<'_>) -> Result<Response, Problem> {
    let Asked { channel, path, .. } = asked;
    let archive = app.node.archive.as_ref();
    let Some(file) = archive.and_then(|archive| archive.find(channel, path)) else {
        return Ok(missing(app, channel, path));
    };
    let found = from_archive(app, asked.host, (file, path)).await?;
    Ok(found.unwrap_or_else(|| missing(app, channel, path)))
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
