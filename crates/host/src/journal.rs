//! What units have written to the journal, told apart by the unit that journald saw them in: nobody can write in another's name.

use crate::Result;
use crate::command::{Arg, Options, Program, run_ok};
use nusantara_types::cron::CronRunId;
use std::time::Duration;

/// The most that is read at once.
const MOST: usize = 1024 * 1024;

/// A place in the journal, as journalctl(1) writes it. Empty for its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cursor(String);

impl TryFrom<String> for Cursor {
    type Error = ();
    fn try_from(text: String) -> std::result::Result<Self, ()> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'=' || b == b';';
        if text.len() <= 255 && text.bytes().all(plain) { Ok(Self(text)) } else { Err(()) }
    }
}

/// What one run of a unit has written, its last `lines` entries, as [`read`] gives them. `run` is systemd's invocation id.
///
/// # Errors
/// What journalctl says.
pub async fn read_run(unit: &str, run: &CronRunId, lines: u32) -> Result<Vec<u8>> {
    let mut args = ["--quiet", "--no-pager", "--output", "json", "--output-fields", "MESSAGE"].map(Arg::fixed).to_vec();
    args.extend([Arg::fixed("--lines"), lines.into(), "--".into()]);
    // Of several words about different fields all must be so.
    for word in [format!("_SYSTEMD_UNIT={unit}"), format!("_SYSTEMD_INVOCATION_ID={run}")] {
        args.push(Arg::value(word)?);
    }
    let options = Options { timeout: Duration::from_secs(30), output_cap: MOST, ..Options::default() };
    Ok(run_ok(Program::Journalctl, &args, options, "read the journal").await?.stdout)
}

/// Entries of the given units: the last `lines`, or the first that came after a place. Each is a line of JSON with
/// `MESSAGE`, `__CURSOR` and `__REALTIME_TIMESTAMP` (systemd.journal-fields(7)); the last may be cut short.
///
/// # Errors
/// What journalctl says.
pub async fn read(units: &[String], lines: u32, after: Option<&Cursor>) -> Result<Vec<u8>> {
    let mut args = ["--quiet", "--no-pager", "--output", "json", "--output-fields", "MESSAGE"].map(Arg::fixed).to_vec();
    match after {
        None => args.extend([Arg::fixed("--lines"), lines.into()]),
        Some(Cursor(place)) if place.is_empty() => {}
        Some(Cursor(place)) => args.extend([Arg::fixed("--after-cursor"), Arg::value(place)?]),
    }
    // What their processes wrote; `--unit` would add what systemd says about them.
    args.push("--".into());
    for unit in units {
        args.push(Arg::value(format!("_SYSTEMD_UNIT={unit}"))?);
    }
    let options = Options { timeout: Duration::from_secs(30), output_cap: MOST, ..Options::default() };
    Ok(run_ok(Program::Journalctl, &args, options, "read the journal").await?.stdout)
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn a_cursor_is_nothing_else() {
        let real = "s=5d0f6e;i=1a2b;b=9c3e;m=4f;t=61a;x=ff".to_owned();
        assert!(Cursor::try_from(real).is_ok());
        for bad in ["--flush", "s=1 --rotate", "S=1", &"a".repeat(256)] {
            assert!(Cursor::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
