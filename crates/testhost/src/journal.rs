//! The rule that a host test fails on error lines of ours which it did not expect.

use serde::Deserialize;

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// The unit that wrote it, or that systemd wrote it about.
    pub unit: String,
    /// 0 (emergency) to 7 (debug), see syslog(3).
    pub priority: u8,
    /// The text.
    pub message: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "PRIORITY")]
    priority: Option<String>,
    #[serde(rename = "MESSAGE")]
    message: Option<serde_json::Value>,
    #[serde(rename = "_SYSTEMD_UNIT")]
    writer: Option<String>,
    #[serde(rename = "UNIT")]
    subject: Option<String>,
}

/// Reads `journalctl --output=json`, see systemd.journal-fields(7). Lines that are no entries are skipped.
pub(crate) fn parse(text: &str) -> Vec<JournalLine> {
    text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok()).map(JournalLine::from).collect()
}

impl From<Entry> for JournalLine {
    fn from(entry: Entry) -> Self {
        Self {
            unit: entry.subject.or(entry.writer).unwrap_or_default(),
            priority: entry.priority.and_then(|number| number.parse().ok()).unwrap_or(6),
            message: entry.message.map(text).unwrap_or_default(),
        }
    }
}

/// A message is a string, or an array of bytes when it holds control characters.
fn text(message: serde_json::Value) -> String {
    match message {
        serde_json::Value::String(text) => text,
        serde_json::Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        other => other.to_string(),
    }
}

/// The lines that no expectation covers. An expectation is a part of the message.
pub(crate) fn unexpected<'a>(lines: &'a [JournalLine], expected: &[String]) -> Vec<&'a JournalLine> {
    lines.iter().filter(|line| !expected.iter().any(|part| line.message.contains(part.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{JournalLine, parse, unexpected};

    #[test]
    fn entry_is_read_with_the_unit_it_is_about() {
        let text = concat!(
            r#"{"PRIORITY":"3","MESSAGE":"Failed to start.","_SYSTEMD_UNIT":"init.scope","UNIT":"nusantarad.service"}"#,
            "\nno json\n",
            r#"{"PRIORITY":"2","MESSAGE":[104,105],"_SYSTEMD_UNIT":"nusantara-hostd.service"}"#,
        );
        let line = |unit: &str, priority, message: &str| JournalLine { unit: unit.to_owned(), priority, message: message.to_owned() };
        assert_eq!(parse(text), [line("nusantarad.service", 3, "Failed to start."), line("nusantara-hostd.service", 2, "hi")]);
    }

    #[test]
    fn expected_part_covers_a_line_and_nothing_else() {
        let lines = parse("{\"MESSAGE\":\"nginx refused line 3\"}\n{\"MESSAGE\":\"disk full\"}");
        let left = unexpected(&lines, &["refused".to_owned()]);
        assert_eq!(left.iter().map(|line| line.message.as_str()).collect::<Vec<_>>(), ["disk full"]);
    }
}
