//! Sees that sites answer, through the socket on which only root can ask.

use nusantara_host::HostErrorKind;
use nusantara_host::web::{PROBE_SOCKET, probe, revision};
use nusantara_plan::paths::REVISION_HEADER;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{DomainName, Revision};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long the web server may take to route a site to its new revision; it does so before the reload is over.
const ROUTED_PATIENCE: Duration = Duration::from_secs(5);
/// How long a fresh site may take to answer: PHP starts, on a machine that may be busy starting many.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries.
const BETWEEN: Duration = Duration::from_millis(20);

/// As many accounts that are made at a time are all asked for their first page.
const ALL_ASKED: usize = 3;
/// Of more, one in so many does. Waking PHP is half of the work of making an account, and 7 MiB each: of a thousand accounts made in
/// one go it would take the memory of the machine. What could keep PHP from answering is the same for all of them (the branch,
/// the sandbox, the templates), or has a step of its own (the user, the home); and every site is still seen to be routed.
const ONE_IN: u32 = 8;

/// How many accounts are being made.
#[derive(Debug, Default)]
pub(crate) struct FirstPages(AtomicUsize);

/// One of them.
#[derive(Debug)]
pub(super) struct FirstPage<'a> {
    all: &'a FirstPages,
    /// Whether its sites are asked for their first page.
    pub(super) asked: bool,
}

impl FirstPages {
    /// Begins one, of the account with that uid.
    pub(super) fn begin(&self, uid: u32) -> FirstPage<'_> {
        let others = self.0.fetch_add(1, Ordering::Relaxed);
        FirstPage { all: self, asked: others < ALL_ASKED || uid.is_multiple_of(ONE_IN) }
    }
}

impl Drop for FirstPage<'_> {
    fn drop(&mut self) {
        self.all.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Demands that every site of `routed` serves the revision `token`, and that every site of `fresh` answers `GET /`: with our own
/// page when it is `pristine`, else with anything but a gateway error.
pub(super) async fn sites(token: &Revision, routed: &[DomainName], fresh: &[DomainName], pristine: bool) -> Result<(), OperationError> {
    for domain in routed {
        is_routed(token, domain).await?;
    }
    futures_util::future::try_join_all(fresh.iter().map(|domain| answers(domain, pristine))).await.map(|_| ())
}

async fn is_routed(token: &Revision, domain: &DomainName) -> Result<(), OperationError> {
    let until = Instant::now() + ROUTED_PATIENCE;
    loop {
        let seen = revision(Path::new(PROBE_SOCKET), domain, REVISION_HEADER, ROUTED_PATIENCE).await;
        let detail = match seen {
            Ok(Some(seen)) if seen == *token => return Ok(()),
            Ok(_) => format!("the web server answers {domain} from another configuration"),
            Err(error) => error.to_string(),
        };
        if Instant::now() >= until {
            return Err(failed(domain, detail));
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

async fn answers(domain: &DomainName, pristine: bool) -> Result<(), OperationError> {
    let until = Instant::now() + ANSWER_PATIENCE;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let error = match probe(Path::new(PROBE_SOCKET), domain, left).await {
            Ok(status @ 502..=504) => return Err(failed(domain, format!("the site answered {status}: PHP does not run"))),
            Ok(status) if pristine && status != 200 => return Err(failed(domain, format!("the site's first page answered {status}"))),
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        if error.kind == HostErrorKind::Timeout {
            return Err(failed(domain, "the site did not answer in time".to_owned()));
        }
        // A connection that ends without an answer says nothing about the site: a worker that another reload sent home may have
        // had it.
        if until <= Instant::now() {
            return Err(failed(domain, error.to_string()));
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

fn failed(domain: &DomainName, detail: String) -> OperationError {
    OperationError::new(ErrorCode::HostFailed, format!("{domain} did not come up; it was taken back")).detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_all_asked_and_of_many_one_in_eight() {
        let pages = FirstPages::default();
        let few: Vec<_> = (0..3).map(|uid| pages.begin(12_001 + uid)).collect();
        assert!(few.iter().all(|page| page.asked));
        let many: Vec<_> = (0..80).map(|uid| pages.begin(12_000 + uid)).collect();
        assert_eq!(many.iter().filter(|page| page.asked).count(), 10);
        drop((few, many));
        assert!(pages.begin(12_001).asked);
    }
}
