//! The end of a log of an account, or what has come to it since.

use super::{app_log, no_account};
use crate::converge::php_service;
use crate::daemon::Daemon;
use crate::lines::{self, plain};
use crate::state::host_failed;
use nusantara_host::journal::Cursor;
use nusantara_host::logs::Position;
use nusantara_plan::paths;
use nusantara_proto::host::{ErrorCode, LogName, LogPage, LogRead, OperationError};
use nusantara_types::{DomainName, Username};

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
        LogName::App(name) => units(args, &app_log::units(d, &args.username, name)?).await,
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
    let lines = lines::of_units(units, args.lines, after.as_ref()).await.map_err(|e| host_failed(&e))?;
    Ok(page(lines, after.is_none(), args.after.clone().unwrap_or_default()))
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
