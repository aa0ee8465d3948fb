//! Somebody takes an incident in hand.

use super::Set;
use super::command::difference;
use crate::cause::{Acknowledgement, Incident};
use crate::node_handle::events::EventKind;
use crate::node_handle::{DifferenceKind, Outcome, Refusal};
use crate::store::News;

impl Set {
    /// Notes who has incident `id` in hand; `None` gives it back. Doing it twice changes nothing.
    pub(super) fn acknowledge(
        &mut self,
        id: &str,
        by: Option<&Acknowledgement>,
        dry: bool,
    ) -> Result<Outcome, Refusal> {
        let lasts = |incident: &Incident| incident.id == id && incident.end.is_none();
        let mut books = self.channels.iter_mut().map(|channel| &mut channel.book);
        let known = books.find_map(|book| {
            let incident = book.incidents().find(|incident| lasts(incident))?.clone();
            Some((book, incident))
        });
        let (book, known) = known.ok_or_else(|| Refusal::UnknownIncident(id.to_owned()))?;
        let mut differences = Vec::new();
        let name = |by: Option<&Acknowledgement>| by.map(|by| by.by.clone());
        if name(known.acknowledged.as_ref()) != name(by) {
            let text = match by {
                Some(by) => format!("incident {id} is acknowledged by {}", by.by),
                None => format!("incident {id} is acknowledged by nobody"),
            };
            differences.push(difference(&known.channel, DifferenceKind::Changed, text));
            if !dry && let Some(incident) = book.acknowledge(id, by.cloned()) {
                self.handle.events.publish(EventKind::Incident, incident);
                self.record.keep(News::Incident(Box::new(incident.clone())));
            }
        }
        Ok(self.outcome(dry, differences))
    }
}
