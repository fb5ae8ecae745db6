//! What became of a job's runs.

use super::CronRunId;
use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// How many runs of a job are kept, the latest ones.
pub const RUNS_KEPT: usize = 50;

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CronRun {
    /// Its name.
    pub id: CronRunId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// How.
    pub end: CronEnd,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CronEnd {
    /// By itself, with this exit code; 0 is success.
    Exit(u8),
    /// By a signal, such as `TERM`.
    Signal(String),
    /// It took longer than it may.
    Timeout {},
    /// The account's memory did not suffice.
    OutOfMemory {},
    /// It did not begin: its sandbox or its shell could not be had.
    NotStarted {},
}

impl CronRun {
    /// How a run ended, in the words that systemd has for it (systemd.exec(5), "Environment Variables Set or Propagated"):
    /// `SERVICE_RESULT`, `EXIT_CODE` and `EXIT_STATUS`.
    #[must_use]
    pub fn end_of(result: &str, code: &str, status: &str) -> CronEnd {
        match (result, code, status.parse::<u8>()) {
            ("timeout", ..) => CronEnd::Timeout {},
            ("oom-kill", ..) => CronEnd::OutOfMemory {},
            (_, "exited", Ok(status)) => CronEnd::Exit(status),
            (_, "killed" | "dumped", _) if !status.is_empty() => CronEnd::Signal(status.to_owned()),
            _ => CronEnd::NotStarted {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_what_systemd_says() {
        for (result, code, status, end) in [
            ("success", "exited", "0", CronEnd::Exit(0)),
            ("success", "exited", "3", CronEnd::Exit(3)),
            ("success", "killed", "SEGV", CronEnd::Signal("SEGV".to_owned())),
            ("timeout", "killed", "TERM", CronEnd::Timeout {}),
            ("oom-kill", "killed", "KILL", CronEnd::OutOfMemory {}),
            ("resources", "", "", CronEnd::NotStarted {}),
        ] {
            assert_eq!(CronRun::end_of(result, code, status), end, "{result} {code} {status}");
        }
    }
}
