//! What the running set leaves to the record: incidents, figures around them, spans, switches.

use super::{Channel, Set, wall_now};
use crate::cause::{Changes, Incident, Severity};
use crate::net::clock;
use crate::node_handle::events::EventKind;
use crate::plan::WebhookEvent;
use crate::report::{Millis, Sample, Switched, millis, parsed, stamp};
use crate::snapshot::ChannelSnapshot;
use crate::store::News;

/// A node that was away for longer cannot say that what shows now is what showed then.
const AWAY: Millis = 10 * 60 * 1000;

/// The journal has these fields as `HEADEND_CHANNEL`, `HEADEND_INCIDENT_CLASS`, ….
fn log(incident: &Incident) {
    let Incident { channel, id, .. } = incident;
    let (verdict, subject) = (&incident.verdict.en, &incident.subject);
    let severity = match incident.severity {
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    };
    let class = incident.class.word();
    let places: Vec<&str> = incident.places.iter().map(|place| place.word()).collect();
    let places = places.join(" ");
    match &incident.end {
        None => tracing::warn!(
            channel,
            incident.class = class,
            incident.subject = subject,
            incident.severity = severity,
            incident.places = places,
            incident.id = id,
            "incident: {verdict}"
        ),
        Some(_) => tracing::info!(
            channel,
            incident.class = class,
            incident.subject = subject,
            incident.severity = severity,
            incident.places = places,
            incident.id = id,
            "over: {verdict}"
        ),
    }
}

impl Set {
    /// Tells everybody what began, changed and ended; whether something began or ended.
    pub(super) fn tell_incidents(&self, changes: &Changes) -> bool {
        for incident in &changes.incidents {
            log(incident);
        }
        let now = millis(wall_now());
        for incident in &changes.incidents {
            let event = match &incident.end {
                None => WebhookEvent::Opened,
                Some(_) => WebhookEvent::Closed,
            };
            self.webhooks.tell(event, incident, now);
        }
        for incident in &changes.changed {
            self.webhooks.tell(WebhookEvent::Changed, incident, now);
        }
        for incident in changes.incidents.iter().chain(&changes.changed) {
            self.handle.events.publish(EventKind::Incident, incident);
            self.record.keep(News::Incident(Box::new(incident.clone())));
        }
        !changes.incidents.is_empty()
    }

    /// Goes on with what lasted when the run before ended: the same incident in the same hands. It is
    /// over where nobody watched for longer, or its channel is watched no more.
    pub(super) fn resume_incidents(&mut self) {
        let now = wall_now();
        let mut over = Changes::default();
        for (incident, last) in self.record.unfinished() {
            let watched = self.find(&incident.channel);
            let watched = watched.map(|index| &mut self.channels[index]);
            let watched = watched.filter(|channel| channel.running.is_some());
            match (watched, last) {
                (Some(channel), Some(last)) if millis(now) - last <= AWAY => {
                    channel.book.resume(incident, now);
                }
                (_, last) => {
                    let end = last.max(parsed(&incident.start)).map(stamp);
                    let end = end.or_else(|| Some(incident.start.clone()));
                    over.incidents.push(Incident { end, ..incident });
                }
            }
        }
        self.tell_incidents(&over);
    }

    /// Ends what lasts on a channel that is watched no more.
    pub(super) fn end_incidents(&mut self, index: usize) {
        let changes = self.channels[index].book.end(wall_now());
        self.tell_incidents(&changes);
    }

    /// Keeps the figures of the last second where an incident is near.
    pub(super) fn keep_sample(&mut self, index: usize, changes: &Changes) {
        let Channel {
            plan,
            running,
            book,
            series,
            ..
        } = &mut self.channels[index];
        let Some(running) = running else { return };
        let Some(reports) = running.report().zip(running.before()) else {
            return;
        };
        let loudness = |input: usize| {
            let look = running.looks.get(input)?.as_ref()?;
            look.snapshot()?.short_term_lufs
        };
        let sample = Sample::of(millis(wall_now()), reports, loudness);
        let lasts = |incident: &Incident| incident.end.is_none();
        let began = changes.incidents.iter().any(lasts);
        let ended = changes.incidents.iter().any(|i| !lasts(i));
        let near = (began, ended, book.incidents().any(lasts));
        for sample in series.take(sample, near) {
            let news = News::Sample(plan.id.clone(), Box::new(sample));
            self.record.keep(news);
        }
    }

    /// Keeps what is on air now.
    pub(super) fn keep_spans(&mut self, channels: &[ChannelSnapshot]) {
        for span in self.spans.see(channels, millis(wall_now())) {
            self.record.keep(News::Span(Box::new(span)));
        }
    }

    /// Keeps the switches since the last look.
    pub(super) fn keep_switches(&mut self) {
        let (now, wall) = (clock::now(), millis(wall_now()));
        for channel in &mut self.channels {
            let Some(switch) = channel.shown.switched() else {
                continue;
            };
            let ago = now.since(switch.at).as_millis();
            let inputs = channel.plan.inputs.len();
            let input = |index: usize| (index < inputs).then_some(index);
            let switched = Switched {
                channel: channel.plan.id.to_string(),
                at: wall.saturating_sub(i64::try_from(ago).unwrap_or(i64::MAX)),
                from: input(switch.from),
                to: input(switch.to),
                reason: switch.reason.word().to_owned(),
                gap_seconds: switch.gap.as_secs_f64(),
            };
            self.record.keep(News::Switch(Box::new(switched)));
        }
    }
}
