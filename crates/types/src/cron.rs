//! Cron jobs: commands of an account that the host runs at set times.

mod fields;
mod next;
mod parse;
mod runs;
mod schedule;
#[cfg(test)]
#[path = "cron/tests.rs"]
mod schedule_tests;

use crate::parse::{Invalid, refuse_control, string_newtype};
pub use fields::Set;
pub use parse::ScheduleError;
pub use runs::{CronEnd, CronRun, RUNS_KEPT};
pub use schedule::{DayRule, Fields, Schedule};
use serde::{Deserialize, Serialize};

/// The name of a job: `^[a-z][a-z0-9-]{0,30}$`, not ending in a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronJobName(String);

impl TryFrom<String> for CronJobName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (1..=31).contains(&s.len())
            && s.as_bytes()[0].is_ascii_lowercase()
            && !s.ends_with('-')
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(s))
        } else {
            Err(Invalid::new("name", "use up to 31 lower-case letters, digits and hyphens, starting with a letter"))
        }
    }
}
string_newtype!(CronJobName);

/// A line for `/bin/sh -c`, run as the account: 1 to 4,096 bytes on one line. To the host it is text; nothing in it is expanded
/// before the account's own shell has it, and `%` means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronCommand(String);

impl TryFrom<String> for CronCommand {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        refuse_control("command", &s)?;
        match s.trim().is_empty() || s.len() > 4_096 {
            false => Ok(Self(s)),
            true => Err(Invalid::new("command", "give one line of 1 to 4096 bytes, as a shell takes it")),
        }
    }
}
string_newtype!(CronCommand);

/// The name systemd gave a run: its invocation id, 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronRunId(String);

impl TryFrom<String> for CronRunId {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        if s.len() == 32 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(s))
        } else {
            Err(Invalid::new("run", "a run is named by 32 hexadecimal digits"))
        }
    }
}
string_newtype!(CronRunId);

/// A job of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronJob {
    /// Its name.
    pub name: CronJobName,
    /// When it runs, in the host's time zone.
    pub schedule: Schedule,
    /// What runs.
    pub command: CronCommand,
    /// Minutes after which a run is ended, 1 to 1,440; an hour when absent.
    #[serde(default = "an_hour")]
    pub timeout_minutes: u32,
    /// Whether it runs by itself.
    #[serde(default = "yes")]
    pub enabled: bool,
}

const fn an_hour() -> u32 {
    60
}

const fn yes() -> bool {
    true
}

impl CronJob {
    /// The first field that is out of range, with what is allowed.
    #[must_use]
    pub fn violation(&self) -> Option<(&'static str, &'static str)> {
        (!(1..=1_440).contains(&self.timeout_minutes)).then_some(("timeout_minutes", "must be between 1 and 1440"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_reads_as_people_write_it() {
        let text = r#"{"name":"backup","schedule":"30 2 * * SUN","command":"tar czf ~/backups/$(date +%F).tgz ~/domains"}"#;
        let job: CronJob = serde_json::from_str(text).unwrap();
        assert_eq!((job.timeout_minutes, job.enabled, job.violation()), (60, true, None));
        assert_eq!(job.schedule.to_string(), "30 2 * * 0");
        assert_eq!(CronJob { timeout_minutes: 0, ..job.clone() }.violation().unwrap().0, "timeout_minutes");
        assert!(serde_json::from_str::<CronJob>(&text.replace("\"name\"", "\"mailto\":\"x\",\"name\"")).is_err());
    }

    #[test]
    fn a_command_is_one_line_and_a_name_is_a_slug() {
        for bad in ["", " ", "a\nb", "a\rb", "a\0b", "a\u{1b}[2J", "\u{202e}x", &"x".repeat(4_097)] {
            assert!(bad.parse::<CronCommand>().is_err(), "{bad:?}");
        }
        for good in ["echo 100% \"$HOME\" 'x' `id` \\ %h > /dev/null 2>&1 &", "MAILTO=x true", "# nothing", "é"] {
            assert_eq!(good.parse::<CronCommand>().unwrap().as_str(), good);
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "a/b", "a@b", "a%b", &"a".repeat(32)] {
            assert!(bad.parse::<CronJobName>().is_err(), "{bad:?}");
        }
        assert!("0".repeat(32).parse::<CronRunId>().is_ok() && "../x".parse::<CronRunId>().is_err());
    }
}
