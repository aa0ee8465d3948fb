//! What the worker says: one JSON object a line on stderr, warnings at most once a second.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Warnings between two lines are counted, and the last one is told.
const WARNING_PERIOD: Duration = Duration::from_secs(1);
/// A line that a hostile source can influence stays readable.
const TEXT_CHARS: usize = 500;

/// Writes events; clones share the count of warnings.
#[derive(Clone, Default)]
pub(crate) struct Reporter {
    warnings: Arc<Mutex<Limiter>>,
}

impl Reporter {
    /// The job begins; `text` says what it does.
    pub(crate) fn started(&self, text: &str) {
        emit(&json!({"event": "started", "text": clean(text)}));
    }

    /// An elementary stream of the source, as an object without its `event`.
    pub(crate) fn stream(&self, mut stream: Value) {
        stream["event"] = "stream".into();
        emit(&stream);
    }

    /// What encodes pictures.
    pub(crate) fn encoder(&self, name: &str) {
        emit(&json!({"event": "encoder", "text": name}));
    }

    /// Something that does not end the job. Told at most once a second with the count.
    pub(crate) fn warning(&self, text: &str) {
        let due = self.limiter().push(Instant::now(), text);
        emit_warning(due);
    }

    /// Tells warnings that wait for their second; the watch calls it several times a second.
    pub(crate) fn flush(&self) {
        let due = self.limiter().take_due(Instant::now());
        emit_warning(due);
    }

    /// Why the job cannot go on, with the next step, and what was warned of just before.
    pub(crate) fn error(&self, text: &str) {
        self.flush_all();
        let text = match self.limiter().recent(Instant::now()) {
            Some(warning) => format!("{text}. Before that: {warning}"),
            None => text.to_owned(),
        };
        emit(&json!({"event": "error", "text": clean(&text)}));
    }

    /// The job is over without a fault.
    pub(crate) fn ended(&self, text: &str) {
        self.flush_all();
        emit(&json!({"event": "ended", "text": clean(text)}));
    }

    fn flush_all(&self) {
        let waiting = self.limiter().take();
        emit_warning(waiting);
    }

    fn limiter(&self) -> std::sync::MutexGuard<'_, Limiter> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets one warning through in each period and counts the others.
#[derive(Default)]
struct Limiter {
    waiting: Option<Warning>,
    told: Option<Instant>,
    latest: Option<(Instant, String)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Warning {
    text: String,
    count: u64,
}

impl Limiter {
    fn push(&mut self, now: Instant, text: &str) -> Option<Warning> {
        self.latest = Some((now, clean(text)));
        let count = self.waiting.as_ref().map_or(0, |warning| warning.count) + 1;
        self.waiting = Some(Warning {
            text: clean(text),
            count,
        });
        self.take_due(now)
    }

    fn take_due(&mut self, now: Instant) -> Option<Warning> {
        let due = self
            .told
            .is_none_or(|told| now.saturating_duration_since(told) >= WARNING_PERIOD);
        if !due || self.waiting.is_none() {
            return None;
        }
        self.told = Some(now);
        self.take()
    }

    /// The last warning, while it may still be the reason of what happens now.
    fn recent(&self, now: Instant) -> Option<&str> {
        let (at, text) = self.latest.as_ref()?;
        (now.saturating_duration_since(*at) <= 2 * WARNING_PERIOD).then_some(text)
    }

    fn take(&mut self) -> Option<Warning> {
        self.waiting.take()
    }
}

fn emit_warning(warning: Option<Warning>) {
    if let Some(Warning { text, count }) = warning {
        emit(&json!({"event": "warning", "text": text, "count": count}));
    }
}

fn emit(event: &Value) {
    let line = format!("{event}\n");
    // Nobody reads: there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// One line, bounded, without the user and password of a URL.
fn clean(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(without_sign_in).collect();
    let mut text = words.join(" ");
    if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// `rtsp://user:password@host/x` without `user:password@`.
fn without_sign_in(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else {
        return word.to_owned();
    };
    let authority = rest.find('/').unwrap_or(rest.len());
    match rest.get(..authority).and_then(|part| part.rfind('@')) {
        Some(at) => format!("{scheme}://{}", rest.get(at + 1..).unwrap_or_default()),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_warnings_becomes_one_line_a_second_with_its_count() {
        let start = Instant::now();
        let mut limiter = Limiter::default();
        let first = limiter.push(start, "broken").map(|warning| warning.count);
        assert_eq!(first, Some(1));
        for millis in 1..1000 {
            assert_eq!(
                limiter.push(start + Duration::from_millis(millis), "broken"),
                None
            );
        }
        let second = limiter.push(start + Duration::from_secs(1), "the last");
        assert_eq!(
            second,
            Some(Warning {
                text: "the last".into(),
                count: 1000
            })
        );
        assert_eq!(limiter.take_due(start + Duration::from_secs(5)), None);
    }

    #[test]
    fn a_line_is_short_and_shows_no_password() {
        assert_eq!(
            clean("cannot\nopen rtsp://admin:s3cret@10.0.0.1/live, try"),
            "cannot open rtsp://10.0.0.1/live, try"
        );
        assert_eq!(clean("http://host/a@b"), "http://host/a@b");
        assert_eq!(clean(&"ê".repeat(600)).chars().count(), TEXT_CHARS + 1);
    }
}
