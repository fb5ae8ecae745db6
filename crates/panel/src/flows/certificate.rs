//! Ordering a certificate for a site, and having one revoked. Each step with an effect on the host is an operation of its own; until
//! the last of them what was in force stays so.

use super::package_apply::{away, failure};
use super::{CERTIFICATE_ISSUE, CERTIFICATE_REVOKE, step_request};
use crate::acme::order::{self, Challenge};
use crate::acme::{Acme, Trouble, due, names};
use crate::host::{Host, HostError};
use crate::index::apply;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::{
    AccountSummary, Answer, CertificateChallenge, CertificateInstall, CertificateRequest, ErrorCode, Operation, SiteTls,
};
use nusantara_store::{JobFailure, JobRecord, StepState, StoreError, Tx};
use nusantara_types::certificates::{CertificateSource, ChainPem};
use nusantara_types::{Clock, DomainName, Timestamp, Username};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Pause before a host daemon that went away, or is busy with the account, is asked again.
const PAUSE: Duration = Duration::from_secs(2);
/// How long a host daemon that is away or busy is waited for within a step.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the job remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CertificatePayload {
    /// Whose.
    pub(crate) username: Username,
    /// Which site.
    pub(crate) domain: DomainName,
    /// Whether one is ordered although the one that is there does for now.
    pub(crate) anew: bool,
}

impl CertificatePayload {
    /// As it is stored.
    pub(crate) fn value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What the kinds of job need.
#[derive(Clone)]
pub(crate) struct CertificateParts {
    pub(crate) host: Host,
    pub(crate) acme: Acme,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What the job ends with: the account as it now is, when something changed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Ended {
    account: Option<AccountSummary>,
    facts: Value,
}

async fn conclude(tx: &Tx, outcome: Result<&Value, &JobFailure>, now: Timestamp) -> Result<Value, StoreError> {
    let Ok(result) = outcome else { return Ok(Value::Null) };
    let ended: Ended =
        serde_json::from_value(result.clone()).map_err(|e| StoreError::Corrupt { what: "job result", why: e.to_string() })?;
    if let Some(account) = &ended.account {
        apply(tx, account, None, now).await?;
    }
    Ok(ended.facts)
}

/// Ordering.
pub(crate) struct CertificateIssueFlow(pub(crate) CertificateParts);
/// Revoking.
pub(crate) struct CertificateRevokeFlow(pub(crate) CertificateParts);

impl Flow for CertificateIssueFlow {
    fn kind(&self) -> &'static str {
        CERTIFICATE_ISSUE
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        async { ended(self.0.issue(work).await, work) }.boxed()
    }

    fn conclude<'a>(
        &'a self,
        tx: &'a Tx,
        _: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        conclude(tx, outcome, now).boxed()
    }

    fn stops_between_steps(&self) -> bool {
        true
    }
}

impl Flow for CertificateRevokeFlow {
    fn kind(&self) -> &'static str {
        CERTIFICATE_REVOKE
    }

    fn run<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, Outcome> {
        async { ended(self.0.revoke(work).await, work) }.boxed()
    }

    fn conclude<'a>(
        &'a self,
        tx: &'a Tx,
        _: &'a JobRecord,
        outcome: Result<&'a Value, &'a JobFailure>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Value, StoreError>> {
        conclude(tx, outcome, now).boxed()
    }
}

/// Why the work ended before its end.
enum Left {
    /// At this step.
    Trouble(usize, Trouble),
    /// The host daemon said no.
    Refused(usize, JobFailure),
    /// Nobody could be asked now.
    Again(JobFailure),
    /// The job is to stop.
    Stopped,
}

fn ended(outcome: Result<Ended, Left>, work: &Work) -> Outcome {
    match outcome {
        Ok(ended) => Outcome::Done { result: serde_json::to_value(ended).unwrap_or_default() },
        Err(Left::Again(failure)) => Outcome::Again { after: PAUSE, failure },
        Err(Left::Stopped) => Outcome::Cancelled,
        Err(Left::Trouble(step, trouble)) => {
            work.steps.set(step, StepState::Failed, trouble.detail.clone().or_else(|| Some(trouble.message.clone())));
            Outcome::Failed { failure: trouble.failure(), undone: true }
        }
        Err(Left::Refused(step, failure)) => {
            work.steps.set(step, StepState::Failed, failure.detail.clone().or_else(|| Some(failure.message.clone())));
            let undone = failure.code != "undo_failed";
            Outcome::Failed { failure, undone }
        }
    }
}

/// The steps of an order, in their order.
const NAMES: usize = 0;
const ORDER: usize = 1;
const CHALLENGE: usize = 2;
const SIGN: usize = 3;
const INSTALL: usize = 4;

impl CertificateParts {
    fn payload(work: &Work) -> Result<CertificatePayload, Left> {
        serde_json::from_value(work.job.payload.clone())
            .map_err(|e| Left::Refused(0, failure("internal", "The job cannot be read.", Some(e.to_string()))))
    }

    async fn issue(&self, work: &Work) -> Result<Ended, Left> {
        let CertificatePayload { username, domain, anew } = Self::payload(work)?;
        let directory = self.acme.directory().unwrap_or("an authority");
        let step = |name: &str, what: String| (name.to_owned(), what);
        work.steps.plan([
            step("certificate.names", format!("See that the names of {domain} lead to this server")),
            step("certificate.order", format!("Order a certificate from {directory}")),
            step("certificate.challenge", format!("Show the authority that {domain} is here")),
            step("certificate.sign", "Make a key on the host and have it signed".to_owned()),
            step("certificate.install", format!("Have {domain} answer with it")),
        ]);
        self.enter(work, NAMES).await?;
        let site = self.site(work, &username, &domain).await?;
        let (names, left_out) =
            names::chosen(self.acme.dns_servers(), &site.names).await.map_err(|what| Left::Trouble(NAMES, Trouble::dns(what)))?;
        let said = (!left_out.is_empty()).then(|| left_out.join(" "));
        work.steps.set(NAMES, StepState::Success, said);
        let enough = site.certificate.as_ref().is_some_and(|certificate| certificate.covers(&names));
        // One that somebody has put there is theirs until its last moment, also when it came after this order was asked for.
        let theirs = site.certificate.as_ref().is_some_and(|certificate| certificate.source == CertificateSource::Uploaded);
        if !anew && (enough || theirs) && !due::wanted(&site, self.clock.now()) {
            let facts = json!({ "account": username, "names": names, "left_out": left_out.len() });
            return Ok(Ended { account: None, facts });
        }
        let at = |step| {
            move |trouble| {
                self.acme.met(&trouble);
                Left::Trouble(step, trouble)
            }
        };
        self.enter(work, ORDER).await?;
        let mut order = self.begun(&names).await.map_err(at(ORDER))?;
        let challenges = order::challenges(&mut order).await.map_err(at(ORDER))?;
        work.steps.set(ORDER, StepState::Success, None);
        self.enter(work, CHALLENGE).await?;
        let shown = self.shown(work, &username, &mut order, &challenges).await;
        self.take_back(work, &username, &challenges).await;
        shown?;
        work.steps.set(CHALLENGE, StepState::Success, None);
        self.enter(work, SIGN).await?;
        let args = CertificateRequest { username: username.clone(), domain: domain.clone(), names: names.clone() };
        let request = match self.ask(work, SIGN, "request", Operation::CertificateRequest(args)).await? {
            Answer::CertificateRequest { request } => request,
            _ => return Err(confused(SIGN)),
        };
        let request = CertificateSigningRequestDer::from_pem_slice(request.as_bytes()).map_err(|_| confused(SIGN))?;
        let chain = order::signed(&mut order, &request).await.map_err(at(SIGN))?;
        work.steps.set(SIGN, StepState::Success, None);
        self.enter(work, INSTALL).await?;
        let chain = ChainPem::try_from(chain).map_err(|_| Left::Trouble(INSTALL, Trouble::internal("the chain is no PEM")))?;
        let args = CertificateInstall { username: username.clone(), domain, source: CertificateSource::Acme, key: None, chain };
        let Answer::Applied(summary) = self.ask(work, INSTALL, "install", Operation::CertificateInstall(args)).await? else {
            return Err(confused(INSTALL));
        };
        work.steps.set(INSTALL, StepState::Success, None);
        let facts = json!({ "account": username, "names": names, "left_out": left_out.len() });
        Ok(Ended { account: Some(summary), facts })
    }

    async fn revoke(&self, work: &Work) -> Result<Ended, Left> {
        let CertificatePayload { username, domain, .. } = Self::payload(work)?;
        work.steps.plan([
            ("certificate.revoke".to_owned(), format!("Have the authority revoke the certificate of {domain}")),
            ("certificate.remove".to_owned(), format!("Have {domain} answer with the host's own certificate")),
        ]);
        self.enter(work, 0).await?;
        let shown = self.host.certificate_chain(&work.job.created_by, &username, &domain).await;
        let chain = match shown {
            Err(HostError::Refused(refusal)) if refusal.code == ErrorCode::NotFound && work.is_resumed() => {
                return Ok(Ended { account: None, facts: json!({ "account": username }) });
            }
            shown => shown.map_err(|error| left(0, error))?,
        };
        let leaf = CertificateDer::from_pem_slice(chain.as_str().as_bytes()).map_err(|_| confused(0))?;
        match self.acme.revoke(&leaf).await {
            // An earlier attempt had it done.
            Err(trouble) if trouble.is_already_revoked() => {}
            revoked => revoked.map_err(|trouble| Left::Trouble(0, trouble))?,
        }
        work.steps.set(0, StepState::Success, None);
        self.enter(work, 1).await?;
        let operation = Operation::CertificateRemove { username: username.clone(), domain };
        let Answer::Applied(summary) = self.ask(work, 1, "remove", operation).await? else { return Err(confused(1)) };
        work.steps.set(1, StepState::Success, None);
        Ok(Ended { account: Some(summary), facts: json!({ "account": username }) })
    }

    /// An order, by another account where the authority has forgotten the one there was.
    async fn begun(&self, names: &[DomainName]) -> Result<instant_acme::Order, Trouble> {
        let begun = order::begin(&self.acme.account().await?, names).await;
        if !begun.as_ref().is_err_and(Trouble::is_about_the_account) {
            return begun;
        }
        self.acme.forget_account().await?;
        order::begin(&self.acme.account().await?, names).await
    }

    async fn enter(&self, work: &Work, step: usize) -> Result<(), Left> {
        work.steps.enter(step).await.map_err(|_| Left::Stopped)
    }

    async fn site(&self, work: &Work, username: &Username, domain: &DomainName) -> Result<SiteTls, Left> {
        let sites = self.host.certificates(&work.job.created_by, username).await.map_err(|error| left(NAMES, error))?;
        let gone = || Left::Refused(NAMES, failure("not_found", format!("There is no site {domain} any more."), None));
        let site = sites.into_iter().find(|site| &site.domain == domain).ok_or_else(gone)?;
        if site.https {
            return Ok(site);
        }
        Err(Left::Refused(
            NAMES,
            failure("invalid", format!("{domain} does not answer HTTPS: switch that on in its settings first."), None),
        ))
    }

    /// Puts the answers where they belong, and has the authority look.
    async fn shown(&self, work: &Work, username: &Username, order: &mut instant_acme::Order, challenges: &[Challenge]) -> Result<(), Left> {
        for Challenge { name, answer } in challenges {
            let args = CertificateChallenge { username: username.clone(), name: name.clone(), answer: Some(answer.clone()) };
            self.ask(work, CHALLENGE, &format!("answer {name}"), Operation::CertificateChallenge(args)).await?;
        }
        order::validated(order).await.map_err(|trouble| Left::Trouble(CHALLENGE, trouble))
    }

    /// Takes the answers away again. What stays is harmless and bounded: it goes with the next order of the name.
    async fn take_back(&self, work: &Work, username: &Username, challenges: &[Challenge]) {
        for Challenge { name, .. } in challenges {
            let args = CertificateChallenge { username: username.clone(), name: name.clone(), answer: None };
            if let Err(Left::Refused(_, failure)) =
                self.ask(work, CHALLENGE, &format!("no answer {name}"), Operation::CertificateChallenge(args)).await
            {
                tracing::warn!(%name, error = failure.message, "the answer to a challenge could not be taken away");
            }
        }
    }

    /// An operation under a request id of its own, the same in one attempt.
    async fn ask(&self, work: &Work, step: usize, what: &str, operation: Operation) -> Result<Answer, Left> {
        let until = tokio::time::Instant::now() + PATIENCE;
        let mut turn = 0;
        loop {
            let what = if turn == 0 { what.to_owned() } else { format!("{what} {turn}") };
            let id = step_request(work, &what, work.job.attempts);
            match self.host.change_part(&work.job.created_by, work.job.request, id, operation.clone()).await {
                // To begin anew would be another order, and authorities count those.
                Err(HostError::Refused(refusal)) if refusal.code == ErrorCode::Busy && tokio::time::Instant::now() < until => turn += 1,
                Err(HostError::Unavailable(_)) if tokio::time::Instant::now() < until => {}
                asked => return asked.map_err(|error| left(step, error)),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn confused(step: usize) -> Left {
    Left::Refused(step, failure("internal", "The host daemon answered another question.", None))
}

fn left(step: usize, error: HostError) -> Left {
    match error {
        HostError::Refused(refusal) if refusal.code == ErrorCode::Busy => Left::Again(failure("busy", refusal.message, refusal.detail)),
        HostError::Refused(refusal) => {
            let error = HostError::Refused(refusal.clone());
            Left::Refused(step, failure(error.code(), refusal.message, refusal.detail))
        }
        error => Left::Again(away(&error)),
    }
}
