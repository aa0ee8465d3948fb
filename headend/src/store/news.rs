//! What happened, on its way to the disk.

use std::sync::Arc;

use rusqlite::Connection;

use super::{halls, incidents, meetings, samples};
use crate::cause::Incident;
use crate::hall::HallReport;
use crate::report::{Sample, Span, Switched};

/// Something for the record.
#[derive(Clone, Debug)]
pub enum News {
    /// An incident began, changed or ended.
    Incident(Box<Incident>),
    /// What is on air.
    Span(Box<Span>),
    /// Another input went on air.
    Switch(Box<Switched>),
    /// The figures of a channel's second.
    Sample(Arc<str>, Box<Sample>),
    /// A hall's screen showed a code.
    Report(Box<HallReport>),
}

/// Writes all in one transaction.
pub(super) fn write(connection: &mut Connection, news: &[News]) -> rusqlite::Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for one in news {
        match one {
            News::Incident(incident) => incidents::write(&transaction, incident)?,
            News::Span(span) => meetings::write_span(&transaction, span)?,
            News::Switch(switch) => meetings::write_switch(&transaction, switch)?,
            News::Sample(channel, sample) => samples::write(&transaction, channel, sample)?,
            News::Report(report) => halls::write(&transaction, report)?,
        }
    }
    samples::trim(&transaction)?;
    meetings::trim(&transaction)?;
    if news.iter().any(|one| matches!(one, News::Incident(_))) {
        incidents::trim(&transaction)?;
    }
    if news.iter().any(|one| matches!(one, News::Report(_))) {
        halls::trim(&transaction)?;
    }
    transaction.commit()
}
