//! What a worker says on its standard error: one JSON object a line, with `event` and `text`.

use serde_json::Value;

/// Bytes of a line that are looked at.
const LINE_MAX: usize = 4096;
/// Characters of a sentence that are kept.
const TEXT_MAX: usize = 400;

/// The last things said.
#[derive(Default)]
pub(super) struct Words {
    line: Vec<u8>,
    /// The last `error`.
    error: Option<String>,
    /// The last of anything else.
    other: Option<String>,
    /// What encodes pictures.
    encoder: Option<String>,
}

impl Words {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if byte == b'\n' {
                self.end_of_line();
            } else if self.line.len() < LINE_MAX {
                self.line.push(byte);
            }
        }
    }

    /// What encodes pictures, when that was said since the last call.
    pub(super) fn take_encoder(&mut self) -> Option<String> {
        self.encoder.take()
    }

    /// The last sentence: an error before anything else.
    pub(super) fn last(mut self) -> Option<String> {
        self.end_of_line();
        self.error.or(self.other)
    }

    fn end_of_line(&mut self) {
        let line = String::from_utf8_lossy(&self.line).trim().to_owned();
        self.line.clear();
        if line.is_empty() {
            return;
        }
        let said: Option<Value> = serde_json::from_str(&line).ok();
        let field = |name| said.as_ref().and_then(|said| said.get(name)?.as_str());
        let text = field("text").unwrap_or(&line);
        let text = text
            .chars()
            .filter(|c| !c.is_control())
            .take(TEXT_MAX)
            .collect();
        match field("event") {
            Some("error") => self.error = Some(text),
            Some("encoder") => self.encoder = Some(text),
            Some("started" | "stream") => {}
            _ => self.other = Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(said: &[u8]) -> Option<String> {
        let mut words = Words::default();
        words.push(said);
        words.last()
    }

    #[test]
    fn an_error_is_remembered_before_anything_else() {
        let said = b"{\"event\":\"started\",\"text\":\"go\"}\n{\"event\":\"error\",\"text\":\"no such host\"}\n{\"event\":\"warning\",\"text\":\"x\"}\n";
        assert_eq!(last(said).as_deref(), Some("no such host"));
    }

    #[test]
    fn plain_text_and_a_line_without_an_end_are_words_too() {
        assert_eq!(
            last(b"\n\nSegmentation fault").as_deref(),
            Some("Segmentation fault")
        );
        assert_eq!(last(b""), None);
        assert_eq!(last(b"{\"event\":\"started\",\"text\":\"go\"}"), None);
    }

    #[test]
    fn endless_and_hostile_lines_are_cut() {
        let mut words = Words::default();
        for _ in 0..1000 {
            words.push(&[b'x'; 1000]);
            words.push(b"\x1b[2J\xff\xfe");
        }
        assert!(words.line.len() <= LINE_MAX);
        let last = words.last().unwrap();
        assert!(last.len() == TEXT_MAX && last.chars().all(|c| c == 'x'));
    }
}
