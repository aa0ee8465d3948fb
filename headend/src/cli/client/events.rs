//! Server-sent events, from the bytes of an answer.

/// No event of a node is longer; more is not a node.
const LINE_BYTES: usize = 4 << 20;

/// A server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cli) struct Event {
    /// `channel`, `input`, `output`, `configuration`, `missed`, `lagged`.
    pub(in crate::cli) kind: String,
    /// To go on from.
    pub(in crate::cli) id: Option<String>,
    /// JSON.
    pub(in crate::cli) data: String,
}

/// Bytes to events (WHATWG HTML, 9.2.6).
#[derive(Debug, Default)]
pub(super) struct Lines {
    rest: Vec<u8>,
    event: Event,
}

impl Lines {
    pub(super) fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            match line.split_once(':') {
                None if line.is_empty() => {
                    let event = std::mem::take(&mut self.event);
                    if !event.data.is_empty() {
                        events.push(event);
                    }
                }
                Some(("event", value)) => self.event.kind = value.trim_start().to_owned(),
                Some(("id", value)) => self.event.id = Some(value.trim_start().to_owned()),
                Some(("data", value)) => self.event.data += value.trim_start(),
                _ => {}
            }
        }
        if self.rest.len() > LINE_BYTES {
            self.rest.clear();
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = "event: channel\nid: 7\ndata: {\"a\":1}\n\n: keep-alive\n\nevent: input\r\ndata: {}\r\n\r\n";
        for cut in 1..text.len() {
            let mut lines = Lines::default();
            let mut events = lines.take(&text.as_bytes()[..cut]);
            events.extend(lines.take(&text.as_bytes()[cut..]));
            assert_eq!(events.len(), 2, "{cut}");
            assert_eq!(events[0].id.as_deref(), Some("7"));
            assert_eq!(
                (&*events[0].kind, &*events[0].data),
                ("channel", "{\"a\":1}")
            );
            assert_eq!((&*events[1].kind, &events[1].id), ("input", &None));
        }
    }
}
