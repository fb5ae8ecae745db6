//! Server-sent events, parsed as the HTML standard section 9.2.6 says, over a stream of chunks cut anywhere.

/// Longest event that is kept in memory.
const MAX_EVENT: usize = 1024 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its kind, `message` when the stream names none.
    pub(crate) kind: String,
    /// Its data lines, joined by line feeds.
    pub(crate) data: String,
    /// The id that was in force when it came.
    pub(crate) id: String,
}

/// The stream holds an event that is too long to be one of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Turns bytes into events. One parser serves one connection; what a reconnection needs is in [`Parser::last_id`].
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    /// The chunk before ended in CR: a LF at the start of the next belongs to it.
    after_cr: bool,
    started: bool,
    kind: String,
    data: String,
    id: String,
    /// Only an event that came whole moves it: a connection that broke after an `id` line has not delivered that event.
    last_id: String,
    retry_ms: Option<u64>,
}

impl Parser {
    /// A parser for a connection that goes on after `last_id`.
    pub(crate) fn resuming(last_id: String) -> Self {
        Self { id: last_id.clone(), last_id, ..Self::default() }
    }

    /// Send as `Last-Event-ID`; empty before the first id.
    pub(crate) fn last_id(&self) -> &str {
        &self.last_id
    }

    /// How long the server asks to wait before reconnecting, in milliseconds.
    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// Takes a chunk and gives the events it completes. What follows the last empty line is kept for the next chunk.
    pub(crate) fn feed(&mut self, chunk: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut events = Vec::new();
        for &byte in chunk {
            let second_half_of_crlf = std::mem::take(&mut self.after_cr) && byte == b'\n';
            if second_half_of_crlf {
                continue;
            }
            if byte == b'\n' || byte == b'\r' {
                self.after_cr = byte == b'\r';
                events.extend(self.end_of_line());
            } else if self.line.len() + self.data.len() < MAX_EVENT {
                self.line.push(byte);
            } else {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let bytes = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&bytes);
        let line = if std::mem::replace(&mut self.started, true) { &*text } else { text.strip_prefix('\u{feff}').unwrap_or(&text) };
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" if value.bytes().all(|b| b.is_ascii_digit()) => self.retry_ms = value.parse().ok(),
            // A comment has an empty field name; unknown fields are ignored by the standard.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Event> {
        self.id.clone_into(&mut self.last_id);
        let kind = std::mem::take(&mut self.kind);
        let mut data = std::mem::take(&mut self.data);
        // Nothing but an id or a comment: no event.
        data.pop()?;
        let kind = if kind.is_empty() { "message".to_owned() } else { kind };
        Some(Event { kind, data, id: self.last_id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(chunks: &[&[u8]]) -> Vec<(String, String, String)> {
        let mut parser = Parser::default();
        chunks.iter().flat_map(|c| parser.feed(c).unwrap()).map(|e| (e.kind, e.data, e.id)).collect()
    }

    fn event(kind: &str, data: &str, id: &str) -> (String, String, String) {
        (kind.to_owned(), data.to_owned(), id.to_owned())
    }

    const STREAM: &str =
        "\u{feff}: hello\r\nretry: 250\r\n\r\nid: 1\nevent: job\ndata: {\"a\":1}\n\ndata: two\rdata:  lines\r\rid:2\nevent:x\n\ndata\n\n";

    #[test]
    fn every_kind_of_line_end_and_field_is_understood() {
        let expected = vec![event("job", "{\"a\":1}", "1"), event("message", "two\n lines", "1"), event("message", "", "2")];
        assert_eq!(parse(&[STREAM.as_bytes()]), expected);
    }

    #[test]
    fn it_does_not_matter_where_the_chunks_are_cut() {
        let whole = parse(&[STREAM.as_bytes()]);
        for cut in 0..STREAM.len() {
            let (a, b) = STREAM.as_bytes().split_at(cut);
            assert_eq!(parse(&[a, b]), whole, "cut at {cut}");
        }
        let single: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(parse(&single), whole);
    }

    #[test]
    fn an_unfinished_event_is_not_given_out_and_its_id_does_not_count() {
        let mut parser = Parser::resuming("3".to_owned());
        assert_eq!(parser.feed(b"id: 4\ndata: half\n"), Ok(vec![]));
        assert_eq!(parser.last_id(), "3");
        assert_eq!(parser.feed(b"\n").unwrap()[0].id, "4");
        assert_eq!(parser.last_id(), "4");
    }

    #[test]
    fn an_id_with_nul_and_a_retry_that_is_no_number_are_ignored() {
        let mut parser = Parser::resuming("7".to_owned());
        assert_eq!(parser.feed(b"id: 8\0\nretry: soon\n\n"), Ok(vec![]));
        assert_eq!((parser.last_id(), parser.retry_ms()), ("7", None));
    }

    #[test]
    fn an_endless_event_is_refused_and_a_long_stream_of_short_ones_is_not() {
        let mut parser = Parser::default();
        let line = [b"data: ".as_slice(), &[b'x'; 65_536], b"\n"].concat();
        assert!((0..20).any(|_| parser.feed(&line) == Err(TooLong)));
        let mut parser = Parser::default();
        for _ in 0..40 {
            assert_eq!(parser.feed(&[&line, b"\n".as_slice()].concat()).unwrap().len(), 1);
        }
    }
}
