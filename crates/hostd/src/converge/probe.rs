//! Sees that sites answer, through the socket on which only root can ask.

use nusantara_host::HostErrorKind;
use nusantara_host::web::{PROBE_SOCKET, probe, revision};
use nusantara_plan::paths::REVISION_HEADER;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{DomainName, Revision};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// How long the web server may take to route a site to its new revision; it does so before the reload is over.
const ROUTED_PATIENCE: Duration = Duration::from_secs(5);
/// How long a fresh site may take to answer: PHP starts, on a machine that may be busy starting many.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries.
const BETWEEN: Duration = Duration::from_millis(20);

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
