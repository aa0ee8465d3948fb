//! Whose fault it is: what many halls have in common is not the fault of one line.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::word::HallState;
use super::{HallSnapshot, HallsSnapshot, Known};
use crate::cause::{Class, Incident, Place, Severity, Text};
use crate::report::{Millis, parsed};

/// An incident that ended explains what halls see for so long: their buffers are behind.
const AFTER: Millis = 60_000;
/// Of so many halls that watch, one that is struck stands alone.
const ALONE: u64 = 4;

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// Of who broadcasts, or of the line from there to this machine.
    Source,
    /// Of this machine and its outputs.
    Machine,
    /// Of the line of the halls that are struck: the others play.
    Line,
    /// Of what many halls have in common behind this machine.
    Network,
}

/// Whose fault it is, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HallVerdict {
    /// Whose.
    pub whose: Whose,
    /// In a sentence.
    pub text: Text,
    /// The incident of the channel that explains it.
    pub incident: Option<String>,
}

/// The incident that strikes viewers now, or did a minute ago at most.
pub(super) fn striking(incidents: &[Incident], at: Millis) -> Option<&Incident> {
    incidents.iter().find(|incident| {
        let strikes =
            incident.severity == Severity::Critical && incident.class != Class::CertificateEnding;
        let began = parsed(&incident.start).is_some_and(|start| start <= at + AFTER);
        let end = incident.end.as_deref().map(parsed);
        strikes && began && end.is_none_or(|end| end.is_some_and(|end| end + AFTER >= at))
    })
}

/// Of the halls of a channel; `None` while none is struck.
pub(super) fn of_channel(
    halls: &HallsSnapshot,
    known: Known<'_>,
    now: Millis,
) -> Option<HallVerdict> {
    let struck = (halls.struck(), halls.watching());
    let incident = striking(known.incidents, now);
    match (struck.0, incident) {
        (0, _) => None,
        (_, None) if !known.on_air => Some(not_on_air()),
        (_, incident) => Some(judged(struck, incident)),
    }
}

fn not_on_air() -> HallVerdict {
    HallVerdict {
        whose: Whose::Machine,
        text: Text::new(
            "the channel is not on air on this machine",
            "kênh hiện không phát ở máy này",
        ),
        incident: None,
    }
}

/// Of halls that are struck, and of those that watch, the struck among them, on a channel that is on
/// air.
pub(super) fn judged((struck, watching): (u64, u64), incident: Option<&Incident>) -> HallVerdict {
    if let Some(incident) = incident {
        return of_incident(incident, (struck, watching));
    }
    // Whose it is stands first: a tile of the wall has room for two lines.
    let (whose, text) = match struck {
        _ if watching == 1 => (
            Whose::Line,
            Text::new(
                "its line, or the network up to it: the only hall that watches is struck, and the channel is well here",
                "do đường truyền của hội trường đó hoặc mạng đến đó: nơi xem duy nhất bị đứng, còn kênh ở máy này vẫn tốt",
            ),
        ),
        _ if struck * ALONE <= watching || struck == 1 => (
            Whose::Line,
            Text::new(
                format!(
                    "the line of each of these halls: {struck} of {watching} are struck, the others play, and the channel is well here"
                ),
                format!(
                    "do đường truyền của từng nơi: {struck} trong {watching} hội trường bị đứng, các nơi khác vẫn xem được và kênh ở máy này vẫn tốt"
                ),
            ),
        ),
        _ => (
            Whose::Network,
            Text::new(
                format!(
                    "the network that they share behind this machine: {struck} of {watching} halls are struck at once, and the channel is well here"
                ),
                format!(
                    "do mạng dùng chung phía sau máy này: {struck} trong {watching} hội trường cùng bị đứng mà kênh ở máy này vẫn tốt"
                ),
            ),
        ),
    };
    HallVerdict {
        whose,
        text,
        incident: None,
    }
}

fn of_incident(incident: &Incident, (struck, watching): (u64, u64)) -> HallVerdict {
    let source = |place: &Place| matches!(place, Place::Source | Place::Line);
    let (whose, at) = match incident.places.iter().all(source) {
        true => (Whose::Source, Text::new("the source", "phía nguồn phát")),
        false => (Whose::Machine, Text::new("this machine", "máy phát này")),
    };
    let (en, vi) = (&incident.verdict.en, &incident.verdict.vi);
    HallVerdict {
        whose,
        text: Text::new(
            format!("{}: {en}; {struck} of {watching} halls are struck", at.en),
            format!(
                "do {}: {vi}; {struck} trong {watching} hội trường bị ảnh hưởng",
                at.vi
            ),
        ),
        incident: Some(incident.id.clone()),
    }
}

/// Of one hall among those of its channel.
pub(super) fn of_hall(hall: &HallSnapshot, channel: Option<&HallVerdict>) -> Option<HallVerdict> {
    match hall.state {
        state if state.is_struck() => channel.cloned(),
        HallState::Lost => Some(HallVerdict {
            whose: Whose::Line,
            text: Text::new(
                "nothing is heard of it: its line, its power, or the page was closed",
                "không còn nghe gì từ hội trường: do đường truyền, mất điện, hoặc trang đã bị đóng",
            ),
            incident: None,
        }),
        _ => None,
    }
}
