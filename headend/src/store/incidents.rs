//! Incidents in the record: written when they begin and when they end.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use crate::cause::Incident;
use crate::report::{Millis, parsed, stamp};

/// Incidents are of a moment from so much before it to so much after it, ms.
const AROUND: Millis = 60_000;
/// So many of the newest before a moment are looked at.
const LOOKED: i64 = 500;
/// Incidents on record, some 2 kB each; the oldest go first. Years of a busy node.
pub(super) const KEPT: i64 = 200_000;
/// An answer has no more than this.
pub(super) const MOST: usize = 1_000;

/// Writes an incident; a later word on one takes the place of the earlier.
pub(super) fn write(connection: &Connection, incident: &Incident) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT OR REPLACE INTO incident VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let body = serde_json::to_string(incident).unwrap_or_default();
    insert.execute(params![
        incident.id,
        incident.channel,
        incident.start,
        body,
        incident.end
    ])?;
    Ok(())
}

/// Takes the oldest away where there are too many, those without an end left out.
pub(super) fn trim(connection: &Connection) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM incident WHERE ended IS NOT NULL
         AND start < (SELECT start FROM incident ORDER BY start DESC LIMIT 1 OFFSET ?1)",
    )?;
    delete.execute([KEPT - 1])?;
    Ok(())
}

/// The incidents of one channel, or of all, the newest first; of `id` alone where that is given.
///
/// # Errors
/// What the database says.
pub(super) fn read(
    path: &Path,
    channel: Option<&str>,
    id: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<Incident>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = connection.prepare(
        "SELECT body FROM incident
         WHERE (?1 IS NULL OR channel = ?1) AND (?2 IS NULL OR id = ?2)
         ORDER BY start DESC LIMIT ?3",
    )?;
    let limit = i64::try_from(limit.min(MOST)).unwrap_or(i64::MAX);
    let rows = query.query_map(params![channel, id, limit], |row| row.get::<_, String>(0))?;
    let bodies: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    // A row of an older form is left out: the rest is worth more than an error.
    Ok(bodies
        .iter()
        .filter_map(|body| serde_json::from_str(body).ok())
        .collect())
}

/// Those that have no end, each with the time at which its channel was last known to be watched.
pub(super) fn unfinished(path: &Path) -> rusqlite::Result<Vec<(Incident, Option<Millis>)>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = connection.prepare(
        "SELECT body, (SELECT max(last) FROM span WHERE span.channel = incident.channel)
         FROM incident WHERE ended IS NULL ORDER BY start DESC LIMIT ?1",
    )?;
    let rows = query.query_map([LOOKED], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    let rows: Vec<(String, Option<Millis>)> = rows.collect::<rusqlite::Result<_>>()?;
    let read = |(body, last): &(String, _)| Some((serde_json::from_str(body).ok()?, *last));
    Ok(rows.iter().filter_map(read).collect())
}

/// Those of a channel that were open within a minute of `at`, the newest first.
pub(super) fn around(path: &Path, channel: &str, at: Millis) -> rusqlite::Result<Vec<Incident>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = connection.prepare(
        "SELECT body FROM incident WHERE channel = ?1 AND start <= ?2 ORDER BY start DESC LIMIT ?3",
    )?;
    let until = stamp(at.saturating_add(AROUND));
    let rows = query.query_map(params![channel, until, LOOKED], |row| {
        row.get::<_, String>(0)
    })?;
    let bodies: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    let read = bodies
        .iter()
        .filter_map(|body| serde_json::from_str::<Incident>(body).ok());
    let open = |incident: &Incident| {
        let end = incident.end.as_deref().and_then(parsed);
        end.is_none_or(|end| end.saturating_add(AROUND) >= at)
    };
    Ok(read.filter(open).collect())
}
