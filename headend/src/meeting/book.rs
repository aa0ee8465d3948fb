//! All meetings, and what may be done with them. It reads no clock and no disk.

use super::{Draft, Fault, LONGEST, Meeting, NOTE, Notice, ORIGINATOR, SOON, TITLE, when};
use crate::config::near::near;
use crate::report::Millis;

/// Meetings on record. Ten years of a busy node.
const MOST: usize = 20_000;
/// Of a full record the meetings go that have been over for so long: 400 days.
const KEPT: Millis = 400 * 86_400_000;

/// What a change depends on.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Ids of the channels there are.
    pub channels: &'a [String],
    /// `[node] name`, for the UIDs of new meetings.
    pub node: &'a str,
    /// The wall clock.
    pub now: Millis,
}

/// All meetings, in the order of their starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meetings {
    /// Raised with each change.
    pub version: u64,
    pub(super) all: Vec<Meeting>,
}

/// What a change came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// As it was; `None` of a new one.
    pub before: Option<Meeting>,
    /// As it is now.
    pub meeting: Meeting,
    /// What is to be told.
    pub notices: Vec<Notice>,
}

impl Settled {
    /// Whether something differs.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.before.as_ref() != Some(&self.meeting)
    }
}

impl Meetings {
    /// Those of the record.
    #[must_use]
    pub fn new(mut all: Vec<Meeting>) -> Self {
        all.sort_by_key(|meeting| (meeting.start, meeting.number()));
        Self { version: 0, all }
    }

    /// All, the earliest first.
    #[must_use]
    pub fn all(&self) -> &[Meeting] {
        &self.all
    }

    /// The meeting with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Meeting> {
        self.all.iter().find(|meeting| meeting.id == id)
    }

    /// What is on a channel at `now`: of several the one of the highest class, and of those the
    /// one that began last.
    #[must_use]
    pub fn now(&self, channel: &str, now: Millis) -> Option<&Meeting> {
        self.all
            .iter()
            .filter(|meeting| meeting.channel == channel && meeting.is_on(now))
            .max_by_key(|meeting| meeting.rank())
    }

    /// What begins next on a channel.
    #[must_use]
    pub fn next(&self, channel: &str, now: Millis) -> Option<&Meeting> {
        self.of(channel).find(|meeting| meeting.start > now)
    }

    /// What ended last on a channel.
    #[must_use]
    pub fn last(&self, channel: &str, now: Millis) -> Option<&Meeting> {
        let over = self.of(channel).filter(|meeting| meeting.end <= now);
        over.max_by_key(|meeting| meeting.end)
    }

    /// Whether a meeting is on, or within the hour before it.
    #[must_use]
    pub fn is_near(&self, channel: &str, now: Millis) -> bool {
        self.of(channel)
            .any(|meeting| meeting.start - SOON <= now && now < meeting.end)
    }

    /// Those of a channel that were not called off, the earliest first.
    pub fn of<'a, 'c>(
        &'a self,
        channel: &'c str,
    ) -> impl Iterator<Item = &'a Meeting> + use<'a, 'c> {
        let all = self.all.iter();
        all.filter(move |meeting| meeting.channel == channel && !meeting.cancelled)
    }

    /// Whether nobody changed anything since `version` was seen.
    ///
    /// # Errors
    /// Somebody did.
    pub fn unchanged_since(&self, version: Option<u64>) -> Result<(), Fault> {
        match version.is_some_and(|seen| seen != self.version) {
            true => Err(Fault::Changed {
                sequence: self.version,
            }),
            false => Ok(()),
        }
    }

    /// Takes a new meeting.
    ///
    /// # Errors
    /// What is wrong with it, or who has the time.
    pub fn add(&mut self, draft: Draft, around: Around<'_>) -> Result<Settled, Fault> {
        let blank = Meeting {
            uid: format!("{}-{}@{}", around.now, self.next_number(), around.node),
            ..Meeting::default()
        };
        match draft.end <= around.now && draft.start < draft.end {
            true => Err(Fault::Past),
            false => self.take_new(draft, blank, around),
        }
    }

    /// Gives a meeting other values; `sequence` is the one that the operator saw.
    ///
    /// # Errors
    /// What is wrong with them, or who has the time.
    pub fn change(
        &mut self,
        id: &str,
        draft: Draft,
        sequence: Option<u64>,
        around: Around<'_>,
    ) -> Result<Settled, Fault> {
        let before = self.seen(id, sequence)?;
        if before.cancelled {
            return Err(Fault::Cancelled(before.id));
        }
        let moved = draft.start != before.start && before.end > around.now;
        match moved && draft.end <= around.now && draft.start < draft.end {
            true => Err(Fault::Past),
            false => self.take(before, draft, around),
        }
    }

    /// Calls a meeting off; doing it twice changes nothing.
    ///
    /// # Errors
    /// No such meeting, or it is over.
    pub fn cancel(
        &mut self,
        id: &str,
        sequence: Option<u64>,
        now: Millis,
    ) -> Result<Settled, Fault> {
        let before = self.seen(id, sequence)?;
        if !before.cancelled && before.end <= now {
            return Err(Fault::Over(before.id));
        }
        let mut meeting = before.clone();
        if !before.cancelled {
            meeting.cancelled = true;
            meeting.sequence += 1;
            meeting.changed = now;
            self.put(meeting.clone());
        }
        Ok(Settled {
            before: Some(before),
            meeting,
            notices: Vec::new(),
        })
    }

    fn seen(&self, id: &str, sequence: Option<u64>) -> Result<Meeting, Fault> {
        let shown = || id.chars().filter(|c| !c.is_control()).take(32).collect();
        let known = self.find(id).ok_or_else(|| Fault::Unknown(shown()))?;
        match sequence.is_some_and(|seen| seen != known.sequence) {
            true => Err(Fault::Changed {
                sequence: known.sequence,
            }),
            false => Ok(known.clone()),
        }
    }

    pub(super) fn take_new(
        &mut self,
        draft: Draft,
        blank: Meeting,
        around: Around<'_>,
    ) -> Result<Settled, Fault> {
        let (meeting, notices) = self.checked(draft, blank, around)?;
        let meeting = Meeting {
            id: format!("m{}", self.next_number()),
            changed: around.now,
            ..meeting
        };
        self.make_room(around.now)?;
        self.put(meeting.clone());
        Ok(Settled {
            before: None,
            meeting,
            notices,
        })
    }

    pub(super) fn take(
        &mut self,
        before: Meeting,
        draft: Draft,
        around: Around<'_>,
    ) -> Result<Settled, Fault> {
        let (mut meeting, notices) = self.checked(draft, before.clone(), around)?;
        if meeting != before {
            meeting.sequence += 1;
            meeting.changed = around.now;
            self.put(meeting.clone());
        }
        Ok(Settled {
            before: Some(before),
            meeting,
            notices,
        })
    }

    /// `meeting` with the values of `draft`, and what is to be told.
    fn checked(
        &self,
        draft: Draft,
        meeting: Meeting,
        around: Around<'_>,
    ) -> Result<(Meeting, Vec<Notice>), Fault> {
        let title = draft.title.trim().to_owned();
        let originator = draft.originator.trim().to_owned();
        let texts = [
            ("title", &title, TITLE, false),
            ("originator", &originator, ORIGINATOR, false),
            ("note", &draft.note, NOTE, true),
        ];
        for (field, text, most, lines) in texts {
            let bad = |c: char| c.is_control() && !(lines && c == '\n');
            let empty = field == "title" && text.is_empty();
            if empty || text.chars().count() > most || text.chars().any(bad) {
                return Err(Fault::BadText { field, most });
            }
        }
        if !around.channels.contains(&draft.channel) {
            let near = near(&draft.channel, around.channels.iter().map(String::as_str));
            let written = draft.channel;
            return Err(Fault::UnknownChannel { written, near });
        }
        if draft.start < 0 || draft.end > when::LAST {
            return Err(Fault::OutOfRange);
        }
        if draft.end <= draft.start {
            return Err(Fault::EndsBefore);
        }
        if draft.end - draft.start > LONGEST {
            return Err(Fault::TooLong);
        }
        let was = meeting;
        let meeting = Meeting {
            cancelled: false,
            channel: draft.channel,
            title,
            start: draft.start,
            end: draft.end,
            class: draft.class,
            originator,
            record: draft.record,
            note: draft.note,
            ..was.clone()
        };
        let mut notices = Vec::new();
        match around.now {
            now if now >= meeting.end => notices.push(Notice::Over),
            now if now >= meeting.start => notices.push(Notice::Begun),
            _ => {}
        }
        let others = self.all.iter().filter(|other| other.id != meeting.id);
        for other in others.filter(|other| other.meets(&meeting)) {
            if meeting.gives_way_to(other, &was) {
                return Err(Fault::Taken(Box::new(other.clone())));
            }
            if meeting.rank() > other.rank() {
                notices.push(Notice::TakesTimeOf(Box::new(other.clone())));
            }
        }
        Ok((meeting, notices))
    }

    fn next_number(&self) -> u64 {
        self.all.iter().map(Meeting::number).max().unwrap_or(0) + 1
    }

    fn make_room(&mut self, now: Millis) -> Result<(), Fault> {
        if self.all.len() >= MOST {
            let last = self.next_number() - 1;
            // The last number stays, so that no id is used again.
            self.all
                .retain(|meeting| meeting.end > now - KEPT || meeting.number() == last);
        }
        match self.all.len() < MOST {
            true => Ok(()),
            false => Err(Fault::Full),
        }
    }

    pub(super) fn put(&mut self, meeting: Meeting) {
        self.all.retain(|other| other.id != meeting.id);
        let key = |meeting: &Meeting| (meeting.start, meeting.number());
        let place = self.all.partition_point(|m| key(m) < key(&meeting));
        self.all.insert(place, meeting);
    }
}
