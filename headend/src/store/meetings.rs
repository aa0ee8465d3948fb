//! What was on air from when to when, and the switches.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row, ToSql, params};

use crate::report::meeting::Records;
use crate::report::{Millis, Span, Switched, stamp};
use crate::snapshot::ChannelState;

/// Spans and switches on record, each; the oldest go first. Years of a busy node.
const MOST: i64 = 200_000;
/// A report has no more of each than this.
const ANSWER: i64 = 10_000;

/// Writes a span; a later word on it takes the place of the earlier.
pub(super) fn write_span(connection: &Connection, span: &Span) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO span (channel, run, start, last, closed, state, input, url)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (channel, start) DO UPDATE SET run = ?2, last = ?4, closed = ?5, state = ?6,
            input = ?7, url = ?8",
    )?;
    insert.execute(params![
        span.channel,
        span.run,
        span.start,
        span.last,
        span.closed,
        word(span.state),
        span.input.and_then(|input| i64::try_from(input).ok()),
        span.url,
    ])?;
    Ok(())
}

/// Writes a switch.
pub(super) fn write_switch(connection: &Connection, switch: &Switched) -> rusqlite::Result<()> {
    let mut insert =
        connection.prepare_cached("INSERT INTO switch (channel, at, body) VALUES (?1, ?2, ?3)")?;
    let body = serde_json::to_string(switch).unwrap_or_default();
    insert.execute(params![switch.channel, switch.at, body])?;
    Ok(())
}

/// Takes the oldest away where there are too many.
pub(super) fn trim(connection: &Connection) -> rusqlite::Result<()> {
    for table in ["span", "switch"] {
        let mut delete = connection.prepare_cached(&format!(
            "DELETE FROM {table} WHERE number <= (SELECT max(number) FROM {table}) - ?1"
        ))?;
        delete.execute([MOST])?;
    }
    Ok(())
}

/// All that the report of a channel needs. An incident or a span of an older form is left out.
pub(super) fn read(
    path: &Path,
    channel: &str,
    (from, to): (Millis, Millis),
) -> rusqlite::Result<Records> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let bodies = |sql: &str, asked: &[&dyn ToSql]| {
        let mut query = connection.prepare_cached(sql)?;
        let rows = query.query_map(asked, |row| row.get(0))?;
        rows.collect::<rusqlite::Result<Vec<String>>>()
    };
    let switches = bodies(
        "SELECT body FROM (SELECT at, body FROM switch WHERE channel = ?1 AND at <= ?2
         AND at >= ?4 ORDER BY at DESC LIMIT ?3) ORDER BY at",
        params![channel, to, ANSWER, from],
    )?;
    let incidents = bodies(
        "SELECT body FROM incident WHERE channel = ?1 AND start <= ?2
         AND (ended IS NULL OR ended >= ?4) ORDER BY start DESC LIMIT ?3",
        params![channel, stamp(to), ANSWER, stamp(from)],
    )?;
    let mut query = connection.prepare(
        "SELECT run, start, last, closed, state, input, url FROM span
         WHERE channel = ?1 AND start <= ?3 AND last >= ?2 ORDER BY start DESC LIMIT ?4",
    )?;
    let spans = query.query_map(params![channel, from, to, ANSWER], |row| span(channel, row))?;
    let mut spans: Vec<Span> = spans.collect::<rusqlite::Result<Vec<_>>>()?;
    spans.reverse();
    let mut query =
        connection.prepare("SELECT run, max(last) FROM span WHERE channel = ?1 GROUP BY run")?;
    let runs = query.query_map([channel], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let read = |body: &String| serde_json::from_str(body).ok();
    Ok(Records {
        spans,
        runs: runs.collect::<rusqlite::Result<_>>()?,
        switches: switches
            .iter()
            .filter_map(|body| serde_json::from_str(body).ok())
            .collect(),
        incidents: incidents.iter().filter_map(read).collect(),
    })
}

fn span(channel: &str, row: &Row<'_>) -> rusqlite::Result<Span> {
    let state: String = row.get(4)?;
    let input: Option<i64> = row.get(5)?;
    Ok(Span {
        channel: channel.to_owned(),
        run: row.get(0)?,
        start: row.get(1)?,
        last: row.get(2)?,
        closed: row.get(3)?,
        state: serde_json::from_value(state.into()).unwrap_or_default(),
        input: input.and_then(|input| usize::try_from(input).ok()),
        url: row.get(6)?,
    })
}

const fn word(state: ChannelState) -> &'static str {
    match state {
        ChannelState::Stopped => "stopped",
        ChannelState::Waiting => "waiting",
        ChannelState::OnAir => "on-air",
        ChannelState::Dark => "dark",
        ChannelState::Failed => "failed",
    }
}
