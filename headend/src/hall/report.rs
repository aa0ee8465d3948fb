//! A report with a code: what the screen of a hall said, and what its line looked like.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::verdict::{HallVerdict, Whose, judged, striking};
use super::{HallSnapshot, HallsSnapshot};
use crate::cause::{Incident, Text, Word};
use crate::report::{Millis, parsed, stamp};

/// Counts that came so much later than the fault say nothing of it.
const FRESH: Millis = 60_000;

/// A report with a code, as the record keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HallReport {
    /// The code on the screen.
    pub code: String,
    /// When the page made it, RFC 3339, by the page's clock.
    pub at: String,
    /// When the node heard of it, RFC 3339.
    pub heard: String,
    /// The hall with its line, as it was told with the code.
    pub hall: HallSnapshot,
    /// The halls of the channel when the node heard of it.
    pub halls: HallsSnapshot,
}

/// A report beside what the node knew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Told {
    /// What the page told.
    #[serde(flatten)]
    pub report: HallReport,
    /// Incidents of the channel in the minute around it.
    pub incidents: Vec<Incident>,
    /// Whose fault it is.
    pub verdict: HallVerdict,
    /// What to do.
    pub next: Text,
}

impl HallReport {
    /// When the page made it.
    #[must_use]
    pub fn millis(&self) -> Millis {
        parsed(&self.at).unwrap_or_default()
    }

    /// Of a hall that was heard at `now` with a code that it made at `at`.
    pub(super) fn new(hall: HallSnapshot, halls: HallsSnapshot, at: Millis, now: Millis) -> Self {
        Self {
            code: hall.code.clone().unwrap_or_default(),
            at: stamp(at),
            heard: stamp(now),
            hall,
            halls,
        }
    }
}

impl Told {
    /// Beside the incidents of its channel around its time.
    #[must_use]
    pub fn new(report: HallReport, incidents: Vec<Incident>) -> Self {
        let incident = striking(&incidents, report.millis());
        let late = parsed(&report.heard).unwrap_or_default() - report.millis() > FRESH;
        let judged_then = report.halls.verdict.clone();
        let verdict = match (late, incident, judged_then) {
            (true, None, _) => line_was_cut(),
            // The others were counted when its line was well again.
            (true, incident, _) => judged((1, 1), incident),
            (false, None, Some(verdict)) => verdict,
            (false, incident, _) => {
                let (struck, watching) = (report.halls.struck(), report.halls.watching());
                judged((struck.max(1), watching.max(1)), incident)
            }
        };
        let next = next(&report, &verdict);
        Self {
            report,
            incidents,
            verdict,
            next,
        }
    }
}

fn line_was_cut() -> HallVerdict {
    HallVerdict {
        whose: Whose::Line,
        text: Text::new(
            "the report came only after the line was back, and the channel was well here: the line of this hall",
            "báo cáo chỉ đến khi đường truyền có lại, còn kênh ở máy này vẫn tốt: do đường truyền của hội trường này",
        ),
        incident: None,
    }
}

fn next(report: &HallReport, verdict: &HallVerdict) -> Text {
    if let Some(id) = &verdict.incident {
        return Text::new(
            format!(
                "nothing to do in the hall; `headend report incident {id}` says what to do here"
            ),
            format!(
                "hội trường không phải làm gì; `headend report incident {id}` cho biết việc cần làm ở đây"
            ),
        );
    }
    match (verdict.whose, report.hall.fault) {
        (Whose::Line, Some(Word::NoSound)) => Text::new(
            "let them look at the volume, the cable to the loudspeakers and the sound input of the television",
            "nhờ hội trường xem âm lượng, dây ra loa và ngõ tiếng của ti vi",
        ),
        (Whose::Line, Some(Word::NoPicture)) => Text::new(
            "let them open the channel again; if it stays, restart the box, and look at its line: figures above",
            "nhờ hội trường mở lại kênh; nếu vẫn vậy thì khởi động lại đầu thu và kiểm tra đường truyền theo số liệu trên",
        ),
        (Whose::Line, _) => Text::new(
            "let them look at the network cable and the modem; then ask the operator of their line, with the time above",
            "nhờ hội trường xem dây mạng và modem; sau đó hỏi nhà mạng của họ, báo đúng giờ ở trên",
        ),
        (Whose::Machine | Whose::Source, _) => Text::new(
            format!(
                "`headend why {}` and `headend channel show {0}` say what the channel does here",
                report.hall.channel
            ),
            format!(
                "xem kênh ở máy này: `headend why {}` và `headend channel show {0}`",
                report.hall.channel
            ),
        ),
        (Whose::Network, _) => Text::new(
            format!(
                "look at the network behind this machine, and `headend why {}`",
                report.hall.channel
            ),
            format!(
                "kiểm tra mạng phía sau máy này, và `headend why {}`",
                report.hall.channel
            ),
        ),
    }
}
