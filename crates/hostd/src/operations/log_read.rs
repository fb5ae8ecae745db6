//! The end of a log of an account, or what has come to it since.

use super::no_account;
use crate::converge::php_service;
use crate::daemon::Daemon;
use crate::state::host_failed;
use chrono::{DateTime, SecondsFormat};
use nusantara_host::journal::{self, Cursor};
use nusantara_host::logs::Position;
use nusantara_plan::paths;
use nusantara_proto::host::{ErrorCode, LogName, LogPage, LogRead, OperationError};
use nusantara_types::{DomainName, Username};
use serde_json::Value;

/// The longest line that is handed on, in bytes.
const LONGEST: usize = 8 * 1024;
/// What the lines of a page may come to as JSON, so that the answer fits a message.
const MOST: usize = 160 * 1024;

pub(super) async fn run(d: &Daemon, args: &LogRead) -> Result<LogPage, OperationError> {
    if !(1..=1_000).contains(&args.lines) {
        return Err(OperationError::new(ErrorCode::Invalid, "ask for 1 to 1000 lines").field("lines"));
    }
    let Some(account) = d.index.get(&args.username) else { return Err(no_account(&args.username)) };
    let served = |domain: &DomainName| {
        let site = account.domains.iter().any(|s| &s.domain == domain && s.kind != nusantara_types::DomainKind::Alias);
        let missing = || OperationError::new(ErrorCode::NotFound, format!("this account has no site {domain}")).field("log");
        site.then(|| paths::log_name(domain)).ok_or_else(missing)
    };
    match &args.log {
        LogName::Access(domain) => file(d, args, format!("{}.access.log", served(domain)?)).await,
        LogName::Error(domain) => file(d, args, format!("{}.error.log", served(domain)?)).await,
        LogName::Php {} => units(args, &php_units(d, &args.username)).await,
        LogName::App(_) => Err(OperationError::new(ErrorCode::NotFound, "this account has no such app").field("log")),
    }
}

fn php_units(d: &Daemon, username: &Username) -> Vec<String> {
    d.php.iter().map(|version| php_service(version, username)).collect()
}

fn bad_place() -> OperationError {
    OperationError::new(ErrorCode::Invalid, "this is no place in this log").field("after")
}

async fn file(d: &Daemon, args: &LogRead, name: String) -> Result<LogPage, OperationError> {
    let after: Option<Position> = args.after.as_ref().map(|text| text.parse()).transpose().map_err(|()| bad_place())?;
    let found = d.logs.read(&args.username, name, args.lines as usize, after).await.map_err(|e| host_failed(&e))?;
    let lines = found.lines.into_iter().map(|line| (String::from_utf8_lossy(&line.bytes).into_owned(), line.next.to_string()));
    Ok(page(lines.collect(), after.is_none(), found.end.to_string()))
}

/// What some units have written, each line with its time.
pub(super) async fn units(args: &LogRead, units: &[String]) -> Result<LogPage, OperationError> {
    let after = args.after.clone().map(Cursor::try_from).transpose().map_err(|()| bad_place())?;
    if units.is_empty() {
        return Ok(LogPage { lines: Vec::new(), after: args.after.clone().unwrap_or_default() });
    }
    let json = journal::read(units, args.lines, after.as_ref()).await.map_err(|e| host_failed(&e))?;
    let entries = json.split(|b| *b == b'\n').map_while(|line| serde_json::from_slice(line).ok());
    let lines = entries.take(args.lines as usize).filter_map(|entry: Value| entry_line(&entry)).collect();
    Ok(page(lines, after.is_none(), args.after.clone().unwrap_or_default()))
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

/// As many lines as fit an answer: of the end of a log the last ones, of what came since the first.
fn page(lines: Vec<(String, String)>, from_the_end: bool, otherwise: String) -> LogPage {
    let mut lines: Vec<(String, String)> = lines.into_iter().map(|(text, next)| (plain(&text), next)).collect();
    let mut left = MOST;
    let mut fits = |(text, _): &&(String, String)| {
        // As JSON writes it: quotes and backslashes take two bytes, and so does nothing else that `plain` leaves.
        let size = text.len() + text.bytes().filter(|b| matches!(b, b'"' | b'\\')).count() + 3;
        left.checked_sub(size).map(|rest| left = rest).is_some()
    };
    let count = if from_the_end { lines.iter().rev().take_while(&mut fits).count() } else { lines.iter().take_while(&mut fits).count() };
    if from_the_end {
        lines.drain(..lines.len() - count);
    } else {
        lines.truncate(count);
    }
    let after = lines.last().map_or(otherwise, |(_, next)| next.clone());
    LogPage { lines: lines.into_iter().map(|(text, _)| text).collect(), after }
}

/// A line without what a terminal would obey: escape sequences go whole (ECMA-48), other control characters and text-direction
/// marks become `�`; cut where it is too long.
fn plain(line: &str) -> String {
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
    fn a_page_fits_a_message() {
        let lines = || (0..1_000).map(|i| ("\"".repeat(7_000), i.to_string())).collect::<Vec<_>>();
        let last = page(lines(), true, String::new());
        assert!(last.lines.len() < 20 && last.after == "999");
        let first = page(lines(), false, String::new());
        assert_eq!((first.lines.len(), first.after.as_str()), (last.lines.len(), "10"));
        assert_eq!(page(Vec::new(), true, "here".to_owned()).after, "here");
        let reply = serde_json::to_vec(&first).unwrap();
        assert!(reply.len() < nusantara_proto::codec::MAX_MESSAGE - 1_024, "{}", reply.len());
    }

    #[test]
    fn journal_entries_have_a_time_and_a_place() {
        let entry = serde_json::json!({ "__REALTIME_TIMESTAMP": "1700000000123456", "__CURSOR": "s=1", "MESSAGE": [104, 105, 255] });
        assert_eq!(entry_line(&entry), Some(("2023-11-14T22:13:20.123Z hi\u{fffd}".to_owned(), "s=1".to_owned())));
        assert_eq!(entry_line(&serde_json::json!({})), None);
    }
}
