//! The audit trail and the host daemon's ledger held against each other. Both write down what is done to the host, under the same
//! request id, and neither can write in the other's: what one of them has alone was done past the panel, or is only claimed.

use crate::app::App;
use crate::flows;
use crate::host::HostError;
use crate::http::ApiResult;
use nusantara_api::audit::{AuditHalf, AuditJoin, AuditSide};
use nusantara_proto::host::{LedgerLine, LedgerPhase};
use nusantara_store::{AuditPhase, AuditStub, Store, StoreError};
use nusantara_types::{RequestId, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many halves are told.
const TOLD: usize = 100;
/// Rows read at once.
const PAGE: u64 = 2_000;
/// Jobs that are no change of the host by themselves: those about many things, each of which is a request of its own, of which there may be
/// none; and those that only look, or are about the panel alone.
const NO_CHANGE: [&str; 7] = [
    flows::HOST_CONVERGE,
    flows::PACKAGE_APPLY,
    flows::DRIFT_LOOK,
    flows::INDEX_COMPARE,
    flows::AUDIT_SEAL,
    flows::AUDIT_VERIFY,
    flows::TIDY,
];

/// What the ledger says of requests.
#[derive(Debug, Default)]
struct Ledger {
    begun: BTreeMap<RequestId, Begun>,
    /// All that it has heard of, the wholes of parts too.
    known: HashSet<RequestId>,
    /// Its first line that was read.
    since: Option<Timestamp>,
    next: Option<u64>,
}

#[derive(Debug)]
struct Begun {
    operation: String,
    at: Timestamp,
    /// As the trail knows it.
    whole: RequestId,
}

impl Ledger {
    fn take(&mut self, line: LedgerLine) {
        self.since.get_or_insert(line.at);
        self.known.insert(line.request);
        if let LedgerPhase::Begin { operation, within } = line.phase {
            let whole = within.unwrap_or(line.request);
            self.known.insert(whole);
            self.begun.insert(line.request, Begun { operation, at: line.at, whole });
        }
    }

    /// Reads on to its end.
    async fn read(&mut self, app: &App) -> Result<(), HostError> {
        loop {
            let page = app.host.ledger(self.next).await?;
            self.next = Some(page.next);
            page.lines.into_iter().for_each(|line| self.take(line));
            if page.end {
                return Ok(());
            }
        }
    }
}

/// What the trail says of requests since a moment.
#[derive(Debug, Default)]
struct Trail {
    requests: HashSet<RequestId>,
    /// Begin rows whose effect is the host daemon's.
    begun: HashMap<RequestId, (i64, String, Timestamp)>,
    done: Vec<RequestId>,
}

impl Trail {
    fn take(&mut self, row: AuditStub) {
        let Ok(request) = row.request_id.parse::<RequestId>() else { return };
        self.requests.insert(request);
        match row.phase {
            AuditPhase::Begin => drop(self.begun.insert(request, (row.id, row.action, row.created_at))),
            AuditPhase::Success => self.done.push(request),
            AuditPhase::Failed | AuditPhase::Interrupted => {}
        }
    }

    async fn read(store: &Store, since: Timestamp) -> Result<Self, StoreError> {
        let (mut trail, mut after) = (Self::default(), 0);
        loop {
            let rows = store.audit_stubs(since, after, PAGE).await?;
            let Some(last) = rows.last() else { return Ok(trail) };
            after = last.id;
            rows.into_iter().for_each(|row| trail.take(row));
        }
    }
}

/// Holds them against each other, as far back as the newest part of the ledger goes; none when the host daemon does not answer.
pub(crate) async fn join(app: &App) -> ApiResult<Option<AuditJoin>> {
    let mut ledger = Ledger::default();
    if let Err(error) = ledger.read(app).await {
        tracing::warn!(?error, "the audit trail could not be held against the host daemon's ledger");
        return Ok(None);
    }
    let Some(mut since) = ledger.since else { return Ok(Some(AuditJoin { since: None, operations: 0, halves: Vec::new(), more: 0 })) };
    // A trail that was begun anew knows nothing of what was before it.
    if let Some((_, anew)) = app.store.audit_begun_anew().await? {
        since = since.max(anew);
    }
    ledger.begun.retain(|_, begun| begun.at >= since);
    let mut halves = Vec::new();
    let trail = Trail::read(&app.store, since).await?;
    for (request, begun) in &ledger.begun {
        // What waited in the queue since before that moment has its row there.
        if !trail.requests.contains(&begun.whole) && !app.store.audit_knows(&begun.whole.to_string()).await? {
            halves.push(AuditHalf {
                side: AuditSide::Ledger,
                request_id: request.to_string(),
                what: begun.operation.clone(),
                at: begun.at,
                row: None,
            });
        }
    }
    // What the trail has of the time since the ledger was read, the ledger has by now: it comes first.
    if let Err(error) = ledger.read(app).await {
        tracing::warn!(?error, "the host daemon's ledger could not be read to its end");
        return Ok(None);
    }
    for request in &trail.done {
        let Some((row, action, at)) = trail.begun.get(request) else { continue };
        if !ledger.known.contains(request) && !NO_CHANGE.contains(&action.as_str()) {
            let (request_id, what) = (request.to_string(), action.clone());
            halves.push(AuditHalf { side: AuditSide::Trail, request_id, what, at: *at, row: Some(*row) });
        }
    }
    let more = halves.len().saturating_sub(TOLD);
    halves.truncate(TOLD);
    Ok(Some(AuditJoin { since: Some(since), operations: ledger.begun.len(), halves, more }))
}
