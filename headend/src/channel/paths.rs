//! How an input comes: by which paths, and with what FEC.

use packager::receive::PathCounters;

use crate::line::InputReport;
use crate::plan::InputPlan;
use crate::snapshot::{FecSnapshot, PathSnapshot};

/// Where the stream comes by several paths.
pub(super) fn show_paths(input: &InputPlan, report: Option<&InputReport>) -> Vec<PathSnapshot> {
    if input.paths.len() < 2 {
        return Vec::new();
    }
    let counted = report.map(|r| r.receiver.paths).unwrap_or_default();
    let shown = |counted: &PathCounters| PathSnapshot {
        received_total: counted.received,
        lost_total: counted.lost,
        late_total: counted.late,
        foreign_total: counted.foreign,
        skew_seconds: counted.skew.as_secs_f64(),
    };
    let counted = counted.iter().take(input.paths.len());
    counted.map(shown).collect()
}

/// What FEC gave back.
pub(super) const fn show_fec(report: &InputReport) -> FecSnapshot {
    let counted = report.receiver.fec;
    FecSnapshot {
        column_packets_total: counted.columns,
        row_packets_total: counted.rows,
        malformed_total: counted.malformed,
        repaired_total: counted.repaired,
        unrepairable_total: counted.unrepairable,
    }
}
