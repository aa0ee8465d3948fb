//! Reports of halls, by the code on their screens.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};

use crate::hall::HallReport;
use crate::report::parsed;

/// Reports on record, some 1,500 bytes each; the oldest go first.
pub(super) const MOST: i64 = 50_000;
/// An answer has no more than this: a code that is read in all ways has some hundred.
const ANSWER: i64 = 20;

/// Writes a report. A code that comes again from the same page is the same report: the first word
/// on it stays.
pub(super) fn write(connection: &Connection, report: &HallReport) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO hall_report (code, session, heard, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?;
    let body = serde_json::to_string(report).unwrap_or_default();
    let heard = parsed(&report.heard).unwrap_or_default();
    insert.execute(params![report.code, report.hall.session, heard, body])?;
    Ok(())
}

/// Takes the oldest away where there are too many. Not by their time: a clock that was wrong for a
/// moment would take all of them.
pub(super) fn trim(connection: &Connection) -> rusqlite::Result<()> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM hall_report WHERE number <= (SELECT max(number) FROM hall_report) - ?1",
    )?;
    delete.execute([MOST])?;
    Ok(())
}

/// Those whose code matches, the newest first. One of an older form is left out.
pub(super) fn read(path: &Path, pattern: &str) -> rusqlite::Result<Vec<HallReport>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut query = connection
        .prepare("SELECT body FROM hall_report WHERE code GLOB ?1 ORDER BY number DESC LIMIT ?2")?;
    let rows = query.query_map(params![pattern, ANSWER], |row| row.get::<_, String>(0))?;
    let bodies: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    let read = |body: &String| serde_json::from_str(body).ok();
    Ok(bodies.iter().filter_map(read).collect())
}
