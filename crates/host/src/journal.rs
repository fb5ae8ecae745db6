//! What units wrote, read from the journal.

use crate::command::{Arg, Options, Program, run_ok};
use crate::{HostError, Result};
use serde::Deserialize;
use std::time::Duration;

/// The most that is read of journalctl's answer.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// The most of a line that is kept, in bytes.
const LINE: usize = 8 * 1024;

/// A piece of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Lines, oldest first, cleaned of what a terminal would obey; each at most 8 KiB.
    pub lines: Vec<String>,
    /// Where the last line stands; `None` when there is no line.
    pub cursor: Option<Cursor>,
}

/// A place in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Cursor(String);

impl TryFrom<String> for Cursor {
    type Error = &'static str;
    fn try_from(s: String) -> Result<Self, Self::Error> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'=' || b == b';';
        let fine = s.starts_with("s=") && s.len() <= 256 && s.bytes().all(plain);
        if fine { Ok(Self(s)) } else { Err("this is not a place in the journal") }
    }
}

impl Cursor {
    /// As journalctl writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One entry as `journalctl --output=json` writes it.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "__CURSOR")]
    cursor: Cursor,
    #[serde(rename = "MESSAGE", default)]
    message: Message,
}

/// Text, or the bytes of what is no text. Whatever else there may be is no line.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Message {
    Text(String),
    Bytes(Vec<u8>),
    #[default]
    Nothing,
}

/// At most `most` lines that the processes of `units` wrote: the last ones, or the first ones after `after`.
///
/// # Errors
/// [`crate::HostErrorKind::Tool`] with what journalctl(1) said (it forgets places that were rotated away), or a timeout.
pub async fn read(units: &[String], most: u32, after: Option<&Cursor>) -> Result<Page> {
    let mut args: Vec<Arg> = ["--output=json", "--output-fields=MESSAGE", "--all", "--no-pager", "--quiet"].map(Arg::fixed).into();
    match after {
        Some(cursor) => args.extend(["--after-cursor".into(), Arg::value(cursor.as_str())?]),
        None => args.push(Arg::setting("--lines=", most)),
    }
    args.push("--".into());
    for unit in units {
        args.push(Arg::value(format!("_SYSTEMD_UNIT={unit}"))?);
    }
    let options = Options { timeout: Duration::from_secs(30), output_cap: MOST_BYTES, ..Options::default() };
    let output = run_ok(Program::Journalctl, &args, options, "read the journal").await?;
    page(&output.stdout, most as usize)
}

fn page(output: &[u8], most: usize) -> Result<Page> {
    let mut page = Page::default();
    let mut rest = output;
    // What was cut at the cap has no line end and is left for the next time.
    while let Some(end) = rest.iter().position(|b| *b == b'\n').filter(|_| page.lines.len() < most) {
        let entry: Entry = serde_json::from_slice(&rest[..end])
            .map_err(|e| HostError::new(crate::HostErrorKind::Tool, "read the journal").detail(e.to_string()))?;
        rest = &rest[end + 1..];
        match entry.message {
            Message::Text(text) => page.lines.push(clean(&text)),
            Message::Bytes(bytes) => page.lines.push(clean(&String::from_utf8_lossy(&bytes))),
            Message::Nothing => {}
        }
        page.cursor = Some(entry.cursor);
    }
    Ok(page)
}

/// A line without what a terminal would obey: escape sequences go, other control characters and marks that turn the direction of
/// text become `�`. At most 8 KiB.
#[must_use]
pub fn clean(line: &str) -> String {
    let mut out = String::with_capacity(line.len().min(LINE));
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            // ECMA-48: `ESC [` parameters, then one character from `@` to `~`.
            if chars.next_if_eq(&'[').is_some() {
                while chars.next_if(|c| !('@'..='~').contains(c) && !c.is_control()).is_some() {}
                chars.next_if(|c| ('@'..='~').contains(c));
            }
            continue;
        }
        let obeyed =
            (c.is_control() && c != '\t') || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let shown = if obeyed { '\u{fffd}' } else { c };
        if out.len() + shown.len_utf8() > LINE {
            break;
        }
        out.push(shown);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_clean_and_a_torn_one_not_at_all() {
        let text = concat!(
            r#"{"__CURSOR":"s=1;i=2","MESSAGE":"\u001b[31mred\u001b[0m\tand\u0007\u202e"}"#,
            "\n",
            r#"{"__CURSOR":"s=1;i=3","MESSAGE":[255,65]}"#,
            "\n",
            r#"{"__CURSOR":"s=1;i=4","MESSAGE":null}"#,
            "\n",
            r#"{"__CURSOR":"s=1;i=5","MESS"#
        );
        let all = page(text.as_bytes(), 10).unwrap();
        assert_eq!(all.lines, ["red\tand\u{fffd}\u{fffd}", "\u{fffd}A"]);
        assert_eq!(all.cursor.unwrap().as_str(), "s=1;i=4");
        assert_eq!(page(text.as_bytes(), 1).unwrap().cursor.unwrap().as_str(), "s=1;i=2");
        assert_eq!(clean(&"é".repeat(9_000)).len(), LINE);
    }

    #[test]
    fn a_place_is_only_a_place() {
        for bad in ["", "--help", "s=1 --x", "s=\n", "S=1", "_PID=1"] {
            assert!(Cursor::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
        assert!(Cursor::try_from("s=0ab;i=1;b=2;m=3;t=4;x=5".to_owned()).is_ok());
    }
}
