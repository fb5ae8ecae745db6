//! Lines of logs as they are handed on: nothing in them that a terminal would obey.

use chrono::{DateTime, SecondsFormat};
use nusantara_host::HostError;
use nusantara_host::journal::{self, Cursor};
use nusantara_types::cron::CronRunId;
use serde_json::Value;

/// The longest line that is handed on, in bytes.
const LONGEST: usize = 8 * 1024;

/// What some units have written, each line with its time, and with the place behind it: the last `most` lines, or the first that
/// came after a place.
pub(crate) async fn of_units(units: &[String], most: u32, after: Option<&Cursor>) -> Result<Vec<(String, String)>, HostError> {
    let json = journal::read(units, most, after).await?;
    let entries = json.split(|b| *b == b'\n').map_while(|line| serde_json::from_slice(line).ok());
    Ok(entries.take(most as usize).filter_map(|entry: Value| entry_line(&entry)).collect())
}

/// The last `most` lines that one run of a unit has written, each with its time, without what a terminal would obey.
pub(crate) async fn of_run(unit: &str, run: &CronRunId, most: u32) -> Result<Vec<String>, HostError> {
    let json = journal::read_run(unit, run, most).await?;
    let entries = json.split(|b| *b == b'\n').map_while(|line| serde_json::from_slice(line).ok());
    Ok(entries.filter_map(|entry: Value| Some(plain(&entry_line(&entry)?.0))).collect())
}

/// Text and place of an entry of the journal. A message that is not UTF-8 comes as a list of its bytes.
fn entry_line(entry: &Value) -> Option<(String, String)> {
    let message = match &entry["MESSAGE"] {
        Value::String(text) => text.clone(),
        Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes.iter().filter_map(|b| u8::try_from(b.as_u64()?).ok()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => String::new(),
    };
    let time = DateTime::from_timestamp_micros(entry["__REALTIME_TIMESTAMP"].as_str()?.parse().ok()?)?;
    Some((format!("{} {message}", time.to_rfc3339_opts(SecondsFormat::Millis, true)), entry["__CURSOR"].as_str()?.to_owned()))
}

/// A line without what a terminal would obey: escape sequences go whole (ECMA-48), other control characters and text-direction
/// marks become `�`; cut where it is too long.
pub(crate) fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len().min(LONGEST));
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let shown = match c {
            '\u{1b}' => {
                skip_sequence(&mut rest);
                continue;
            }
            '\t' => ' ',
            c if c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => '\u{fffd}',
            c => c,
        };
        if out.len() + shown.len_utf8() > LONGEST {
            break;
        }
        out.push(shown);
    }
    out
}

/// Passes over what follows an ESC: a control sequence up to its final byte, a control string up to its end, or one character.
fn skip_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match rest.next() {
        Some('[') => while rest.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {},
        Some(']' | 'P' | 'X' | '^' | '_') => {
            while let Some(c) = rest.next() {
                if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_is_left() {
        for (line, shown) in [
            ("plain \u{e9}", "plain \u{e9}"),
            ("a\u{1b}[31;1mred\u{1b}[0m", "ared"),
            ("a\u{1b}]0;title\u{7}b\u{1b}]52;c;x\u{1b}\\c", "abc"),
            ("a\tb\rc\u{9b}2J\u{202e}d", "a b\u{fffd}c\u{fffd}2J\u{fffd}d"),
            ("cut\u{1b}[", "cut"),
            ("cut\u{1b}", "cut"),
        ] {
            assert_eq!(plain(line), shown, "{line:?}");
        }
        assert_eq!(plain(&"\u{e9}".repeat(8_000)).len(), LONGEST);
    }

    #[test]
    fn journal_entries_have_a_time_and_a_place() {
        let entry = serde_json::json!({ "__REALTIME_TIMESTAMP": "1700000000123456", "__CURSOR": "s=1", "MESSAGE": [104, 105, 255] });
        assert_eq!(entry_line(&entry), Some(("2023-11-14T22:13:20.123Z hi\u{fffd}".to_owned(), "s=1".to_owned())));
        assert_eq!(entry_line(&serde_json::json!({})), None);
    }
}
