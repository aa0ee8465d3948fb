//! What a calendar makes of the schedule, taken as a whole: first what it calls off goes, then what
//! it changes is out of the way of the rest, and then each meeting has its place or is refused.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calendar::{Calendar, Event, Master, Revision};
use super::{Around, Class, Draft, Fault, Meeting, Meetings, Settled};
use crate::report::Millis;

/// What a calendar said last of a meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = MeetingHeard)]
pub struct Heard {
    /// Which word it was.
    #[serde(flatten)]
    pub revision: Revision,
    /// Whether the meeting takes place.
    pub word: Word,
    /// The meeting as the calendar has it.
    pub draft: Draft,
}

/// What a calendar says of whether a meeting takes place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = MeetingWord)]
pub enum Word {
    /// It does.
    #[default]
    On,
    /// It was called off.
    Off,
    /// Its series has no such instance any more.
    Gone,
}

/// What an event of a calendar came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// It changed the schedule.
    Settled(Box<Settled>),
    /// It is on record in this form.
    Same,
    /// It is another on record, and that counts.
    Kept {
        /// As it is on record.
        meeting: Box<Meeting>,
        /// Whether it was changed here; else a later word was heard.
        here: bool,
    },
    /// It was called off, or is over, and was never here.
    Nothing,
}

/// A meeting that a calendar gives a place.
struct Placed {
    line: usize,
    before: Option<Meeting>,
    result: Result<Settled, Fault>,
}

impl Event {
    fn heard(&self) -> Heard {
        Heard {
            revision: self.revision,
            word: match self.cancelled {
                true => Word::Off,
                false => Word::On,
            },
            draft: self.draft.clone(),
        }
    }

    fn key(&self) -> (&str, Option<Millis>) {
        (&self.uid, self.instance)
    }
}

impl Meeting {
    /// What was heard of it; of one that was made here, itself.
    fn heard(&self) -> Heard {
        self.heard.clone().unwrap_or_else(|| Heard {
            revision: Revision {
                sequence: self.sequence,
                stamp: None,
            },
            word: Word::On,
            draft: Draft::from(self),
        })
    }

    fn key(&self) -> (&str, Option<Millis>) {
        (&self.uid, self.instance)
    }
}

impl Meetings {
    /// Takes the meetings of a calendar, by UID, RECURRENCE-ID and SEQUENCE (RFC 5546, 2.1.5).
    /// Gives for each the line and what it came to, or why it is refused.
    pub fn import(
        &mut self,
        calendar: &Calendar,
        around: Around<'_>,
    ) -> Vec<(usize, Result<Came, Fault>)> {
        let settled = |settled| Ok(Came::Settled(Box::new(settled)));
        let gone = self.call_off_what_is_gone(calendar, around.now);
        let mut all: Vec<_> = gone.map(|(line, gone)| (line, settled(gone))).collect();
        let (mut off, mut on) = (Vec::new(), Vec::new());
        let known: HashMap<_, _> = self.all.iter().map(|m| (m.key(), m)).collect();
        for event in calendar.found.iter().flatten() {
            let before = known.get(&event.key()).copied();
            match nothing_to_do(event, before, around.now) {
                Some(came) => all.push((event.line, Ok(came))),
                None if event.cancelled => off.push((event, before.cloned())),
                None => on.push((event, before.cloned())),
            }
        }
        for (event, before) in off {
            let id = before.map_or_else(String::new, |before| before.id);
            let came = self.cancel(&id, None, around.now);
            let came = came.and_then(|came| settled(self.hear(event, came)));
            all.push((event.line, came));
        }
        let placed = self.place_all(on, around).into_iter();
        all.extend(placed.map(|placed| (placed.line, placed.result.and_then(settled))));
        all
    }

    /// Calls off what is to come of the calendar's series and is no more among their instances.
    fn call_off_what_is_gone(
        &mut self,
        calendar: &Calendar,
        now: Millis,
    ) -> impl Iterator<Item = (usize, Settled)> + use<> {
        let events = calendar.found.iter().flatten();
        let made: HashSet<_> = events.map(Event::key).collect();
        let masters = calendar.masters.iter();
        let masters: HashMap<&str, &Master> = masters.map(|m| (m.uid.as_str(), m)).collect();
        let is_gone = |meeting: &&Meeting| {
            let to_come = meeting.start > now && meeting.instance.is_none_or(|at| at > now);
            to_come && !meeting.cancelled && !made.contains(&meeting.key())
        };
        let gone: Vec<(Meeting, &Master)> = self
            .all
            .iter()
            .filter(is_gone)
            .filter_map(|meeting| Some((meeting.clone(), *masters.get(meeting.uid.as_str())?)))
            .filter(|(meeting, master)| master.revision.against(meeting.heard().revision).is_ge())
            .collect();
        let mut all = Vec::with_capacity(gone.len());
        for (before, master) in gone {
            let heard = Heard {
                revision: master.revision,
                word: Word::Gone,
                ..before.heard()
            };
            let meeting = Meeting {
                cancelled: true,
                sequence: before
                    .sequence
                    .saturating_add(1)
                    .max(master.revision.sequence),
                changed: now,
                heard: Some(heard),
                ..before.clone()
            };
            self.put(meeting.clone());
            let settled = Settled {
                before: Some(before),
                meeting,
                notices: Vec::new(),
            };
            all.push((master.line, settled));
        }
        all.into_iter()
    }

    fn place_all(
        &mut self,
        mut on: Vec<(&Event, Option<Meeting>)>,
        around: Around<'_>,
    ) -> Vec<Placed> {
        for before in on.iter().filter_map(|(_, before)| before.clone()) {
            // Who is called off is in nobody's way.
            self.put(Meeting {
                cancelled: true,
                ..before
            });
        }
        // An emergency takes the time of what is there.
        on.sort_by_key(|(event, _)| event.draft.class == Class::Emergency);
        let mut all = Vec::with_capacity(on.len());
        for (event, before) in on {
            let result = self.place(event, before.clone(), around);
            let refused = result.is_err();
            all.push(Placed {
                line: event.line,
                before,
                result,
            });
            if refused {
                self.put_back(all.len() - 1, &mut all);
            }
        }
        all
    }

    fn place(
        &mut self,
        event: &Event,
        before: Option<Meeting>,
        around: Around<'_>,
    ) -> Result<Settled, Fault> {
        let draft = event.draft.clone();
        let settled = match before {
            Some(before) => self.take(before, draft, around)?,
            None => {
                let blank = Meeting {
                    uid: event.uid.clone(),
                    instance: event.instance,
                    sequence: event.revision.sequence,
                    ..Meeting::default()
                };
                self.take_new(draft, blank, around)?
            }
        };
        Ok(self.hear(event, settled))
    }

    /// Keeps with a meeting what was heard of it.
    fn hear(&mut self, event: &Event, mut settled: Settled) -> Settled {
        let meeting = &mut settled.meeting;
        meeting.sequence = meeting.sequence.max(event.revision.sequence);
        meeting.heard = Some(event.heard());
        self.put(meeting.clone());
        settled
    }

    /// Puts what was refused back where it was, and refuses what has taken that place.
    fn put_back(&mut self, refused: usize, all: &mut [Placed]) {
        let mut refused = vec![refused];
        while let Some(place) = refused.pop() {
            let Some(back) = all.get(place).and_then(|placed| placed.before.clone()) else {
                continue;
            };
            self.put(back.clone());
            for (place, other) in all.iter_mut().enumerate() {
                let was = other.before.clone().unwrap_or_default();
                let Ok(Settled { meeting, .. }) = &other.result else {
                    continue;
                };
                if meeting.id != back.id && meeting.gives_way_to(&back, &was) {
                    self.all.retain(|known| known.id != meeting.id);
                    other.result = Err(Fault::Taken(Box::new(back.clone())));
                    refused.push(place);
                }
            }
        }
    }
}

/// What an event comes to that changes nothing.
fn nothing_to_do(event: &Event, before: Option<&Meeting>, now: Millis) -> Option<Came> {
    let Some(before) = before else {
        let nothing = event.cancelled || event.draft.end <= now;
        return nothing.then_some(Came::Nothing);
    };
    let same = match event.cancelled {
        true => before.cancelled || before.end <= now,
        false => Draft::from(before) == event.draft && !before.cancelled,
    };
    if same {
        return Some(Came::Same);
    }
    let (heard, said) = (before.heard(), event.heard());
    let again = said.word == heard.word && said.draft == heard.draft;
    let counts = match said.revision.against(heard.revision) {
        Ordering::Less => false,
        // A calendar may write its file anew, with another stamp, and say nothing new.
        _ if said.revision.sequence == heard.revision.sequence && again => false,
        Ordering::Greater => true,
        // What was called off comes back with a later word alone.
        Ordering::Equal => !before.cancelled || heard.word == Word::Gone,
    };
    (!counts).then(|| Came::Kept {
        meeting: Box::new(before.clone()),
        here: Draft::from(before) != heard.draft || before.cancelled != (heard.word != Word::On),
    })
}
