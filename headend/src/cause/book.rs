//! Suspicions become incidents: twenty counters that move together are one.

use std::collections::VecDeque;

use packager::time::Wall;

use super::incident::{Acknowledgement, Class, Evidence, Incident, Place, Severity, Text};
use crate::channel::stamp;

/// What showed too shortly to be an incident is forgotten after this.
const FORGET: i64 = 2_500_000_000;
/// A cause that has not shown for so long is over.
const CLEAR: i64 = 5_000_000_000;
/// One of the run before that shows no more is over after this: workers have to start first.
const CLEAR_RESUMED: i64 = 15_000_000_000;
/// Ended incidents that are still shown.
const SHOWN: usize = 20;
/// Lines of evidence that an incident keeps.
const EVIDENCE: usize = 12;

/// What a look at a channel makes one suspect.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    pub(super) class: Class,
    pub(super) subject: String,
    pub(super) places: Vec<Place>,
    pub(super) verdict: Text,
    pub(super) evidence: Vec<Text>,
    pub(super) next: Text,
    /// Whether what it is about is what viewers get now.
    pub(super) on_air: bool,
}

/// A cause that shows, an incident or not yet.
#[derive(Debug)]
struct Open {
    first: Wall,
    last: Wall,
    confirmed: bool,
    /// Of the run before, and not seen in this one.
    resumed: bool,
    /// What was told of it last.
    told: Option<Incident>,
    incident: Incident,
}

/// The incidents of a channel.
#[derive(Debug, Default)]
pub struct Book {
    open: Vec<Open>,
    ended: VecDeque<Incident>,
    count: u64,
}

/// What changed at a look.
#[derive(Debug, Default)]
pub struct Changes {
    /// Incidents that began or ended now.
    pub incidents: Vec<Incident>,
    /// Incidents that last and are something else than what was told: graver, at another place, or
    /// the headend has done something.
    pub changed: Vec<Incident>,
}

impl Book {
    /// Goes on with an incident that lasted when the run before ended.
    pub fn resume(&mut self, incident: Incident, now: Wall) {
        let told = Some(incident.clone());
        let open = Open {
            first: now,
            last: now,
            confirmed: true,
            resumed: true,
            told,
            incident: incident.numbered(),
        };
        self.open.push(open);
    }

    /// Takes what is suspected at `now`, and what the headend did since the last look.
    pub(super) fn judge(
        &mut self,
        channel: &str,
        now: Wall,
        suspicions: Vec<Suspicion>,
        done: &[Text],
    ) -> Changes {
        for suspicion in suspicions {
            self.take(channel, now, suspicion);
        }
        for open in &mut self.open {
            let done = done.iter().map(|text| Evidence {
                at: stamp(now),
                text: text.clone(),
                of: (None, 0),
            });
            open.incident.actions.extend(done);
            open.incident.actions.truncate(EVIDENCE);
        }
        let mut changes = Changes::default();
        for open in &mut self.open {
            let lasts = open.last == now || open.incident.class.is_event();
            let confirm = open.incident.class.confirm();
            if !open.confirmed && lasts && since(now, open.first) >= confirm {
                open.confirmed = true;
                open.told = Some(open.incident.clone());
                changes.incidents.push(open.incident.clone());
            } else if open
                .told
                .as_ref()
                .is_some_and(|told| differs(told, &open.incident))
            {
                open.told = Some(open.incident.clone());
                changes.changed.push(open.incident.clone());
            }
        }
        self.close(now, &mut changes);
        changes
    }

    /// Ends all that lasts: the channel is watched no more.
    pub fn end(&mut self, now: Wall) -> Changes {
        let open = std::mem::take(&mut self.open).into_iter();
        let ended = open.filter(|open| open.confirmed).map(|open| Incident {
            end: Some(stamp(now)),
            ..open.incident
        });
        Changes {
            incidents: ended.collect(),
            changed: Vec::new(),
        }
    }

    /// Notes that somebody has incident `id` in hand, or nobody any more; the incident, where it
    /// lasts.
    pub fn acknowledge(
        &mut self,
        id: &str,
        acknowledged: Option<Acknowledgement>,
    ) -> Option<&Incident> {
        let mut open = self.open.iter_mut().filter(|open| open.confirmed);
        let open = open.find(|open| open.incident.id == id)?;
        open.incident.acknowledged = acknowledged;
        Some(&open.incident)
    }

    /// Those that last, then those that ended, the newest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        let open = self.open.iter().filter(|open| open.confirmed);
        open.map(|open| &open.incident).chain(&self.ended)
    }

    fn take(&mut self, channel: &str, now: Wall, suspicion: Suspicion) {
        let known = self.open.iter_mut().find(|open| {
            let incident = &open.incident;
            incident.class == suspicion.class && incident.subject == suspicion.subject
        });
        if let Some(open) = known {
            open.last = now;
            open.resumed = false;
            open.incident.update(suspicion, now);
            return;
        }
        let mut seen = self.open.iter_mut().filter(|open| !open.resumed);
        let explained = seen.find(|open| {
            let incident = &open.incident;
            let same = incident.subject == suspicion.subject
                || incident.subject == "machine"
                || suspicion.class == Class::OutputOverRate;
            same && explains(incident.class, suspicion.class)
        });
        if let Some(open) = explained {
            if open.incident.class.shows_as_loss() && suspicion.class == Class::LineLoss {
                open.last = now;
            }
            let of = (Some(suspicion.class), 0);
            open.incident.note(now, of, suspicion.verdict);
            return;
        }
        self.open.retain(|open| {
            let incident = &open.incident;
            let same = incident.subject == suspicion.subject || suspicion.subject == "machine";
            let hidden = same && explains(suspicion.class, incident.class);
            open.confirmed || !hidden
        });
        self.count += 1;
        let id = format!("{channel}-{}-{}", now.unix_nanos() / 1_000_000, self.count);
        self.open.push(Open {
            first: now,
            last: now,
            confirmed: false,
            resumed: false,
            told: None,
            incident: Incident::new(id, channel, now, suspicion),
        });
    }

    fn close(&mut self, now: Wall, changes: &mut Changes) {
        let over = |open: &Open| {
            let event = open.incident.class.is_event();
            let clear = match open.resumed {
                true => CLEAR_RESUMED,
                false if open.confirmed || event => CLEAR,
                false => FORGET,
            };
            since(now, open.last) >= clear
        };
        let mut index = 0;
        while index < self.open.len() {
            if !over(&self.open[index]) {
                index += 1;
                continue;
            }
            let open = self.open.remove(index);
            if open.confirmed {
                let ended = Incident {
                    end: Some(stamp(open.last)),
                    ..open.incident
                };
                changes.incidents.push(ended.clone());
                self.ended.push_front(ended);
                self.ended.truncate(SHOWN);
            }
        }
    }
}

/// Whether who was told of an incident has to be told again.
fn differs(told: &Incident, now: &Incident) -> bool {
    told.severity != now.severity
        || told.places != now.places
        || told.actions.len() != now.actions.len()
}

/// Whether a cause explains another that shows at the same place.
fn explains(cause: Class, shown: Class) -> bool {
    use Class as C;
    if shown == C::OutputOverRate {
        // What was held up comes all at once.
        return matches!(
            cause,
            C::ShortOfCpu
                | C::SocketLoss
                | C::LineCongested
                | C::SourceSilent
                | C::SourceRestarted
                | C::ClockOff
        );
    }
    match cause {
        C::NotOpen | C::LinkDown | C::WorkerDying | C::SourceSilent => shown > cause,
        C::SecondSender | C::ShortOfCpu => (C::SocketLoss..=C::ClockOff).contains(&shown),
        C::SocketLoss | C::LineCongested | C::LineLoss | C::SourceDamaged => {
            shown > cause && shown <= C::NoSound && shown != C::ProgrammeChanged
        }
        C::Reordering => shown == C::SourceDamaged,
        C::ClockOff => shown == C::InputLate,
        C::ProgrammeChanged => (C::SourceDamaged..=C::ClockOff).contains(&shown) && shown != cause,
        C::SourceRestarted => shown == C::SourceDamaged || (shown > cause && shown <= C::NoSound),
        C::ClockStepped | C::RecordFailed | C::ArchiveFailed | C::CertificateEnding => false,
        C::Scrambled => shown == C::NoVideo || shown == C::NoSound,
        C::NoVideo => shown == C::Black || shown == C::Frozen,
        C::NoSound => shown == C::DigitalSilence || shown == C::SoundApart,
        C::Black => shown == C::Frozen,
        _ => false,
    }
}

impl Incident {
    fn new(id: String, channel: &str, now: Wall, suspicion: Suspicion) -> Self {
        let mut incident = Self {
            id,
            channel: channel.to_owned(),
            class: suspicion.class,
            subject: suspicion.subject.clone(),
            places: suspicion.places.clone(),
            severity: Severity::Warning,
            word: suspicion.class.handbook(),
            start: stamp(now),
            end: None,
            verdict: Text::default(),
            evidence: Vec::new(),
            actions: Vec::new(),
            next: suspicion.next.clone(),
            acknowledged: None,
        };
        incident.update(suspicion, now);
        incident
    }

    /// The figures of one that was read from the record stand in the order in which they came.
    fn numbered(mut self) -> Self {
        for (index, known) in self.evidence.iter_mut().enumerate() {
            known.of = (None, index);
        }
        self
    }

    fn update(&mut self, suspicion: Suspicion, now: Wall) {
        let struck = suspicion.on_air && !self.class.is_harmless();
        let severity = match struck {
            true => Severity::Critical,
            false => Severity::Warning,
        };
        if severity > self.severity {
            self.severity = severity;
            self.acknowledged = None;
        }
        self.verdict = suspicion.verdict;
        self.next = suspicion.next;
        self.places = suspicion.places;
        for (index, text) in suspicion.evidence.into_iter().enumerate() {
            self.note(now, (None, index), text);
        }
    }

    /// A newer figure takes the place of the one before; the time is that of the first.
    fn note(&mut self, now: Wall, of: (Option<Class>, usize), text: Text) {
        if let Some(known) = self.evidence.iter_mut().find(|known| known.of == of) {
            known.text = text;
        } else if self.evidence.len() < EVIDENCE {
            let at = stamp(now);
            self.evidence.push(Evidence { at, text, of });
        }
    }
}

const fn since(now: Wall, then: Wall) -> i64 {
    now.unix_nanos() - then.unix_nanos()
}
