//! The figures around incidents.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use crate::report::{Millis, Sample};

/// Samples on record, some 200 bytes each; the oldest go first. A hundred incidents of five minutes
/// a month are 30,000.
pub(super) const MOST: i64 = 200_000;
/// An answer has no more than this: what is kept of the longest incident is under it.
const ANSWER: i64 = 5_000;

/// Writes a sample; one of the same second stays.
pub(super) fn write(
    connection: &Connection,
    channel: &str,
    sample: &Sample,
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO sample (channel, at, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    let body = serde_json::to_string(sample).unwrap_or_default();
    insert.execute(params![channel, sample.at, body])?;
    Ok(())
}

/// Takes the oldest away where there are too many.
pub(super) fn trim(connection: &Connection) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM sample WHERE number <= (SELECT max(number) FROM sample) - ?1",
    )?;
    delete.execute([MOST])?;
    Ok(())
}

/// Those of a time, the oldest first.
pub(super) fn read(
    path: &Path,
    channel: &str,
    (from, to): (Millis, Millis),
) -> rusqlite::Result<Vec<Sample>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = connection.prepare(
        "SELECT body FROM sample WHERE channel = ?1 AND at BETWEEN ?2 AND ?3 ORDER BY at LIMIT ?4",
    )?;
    let rows = query.query_map(params![channel, from, to, ANSWER], |row| {
        row.get::<_, String>(0)
    })?;
    let bodies: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    let samples = bodies
        .iter()
        .filter_map(|body| serde_json::from_str(body).ok());
    Ok(samples.collect())
}
