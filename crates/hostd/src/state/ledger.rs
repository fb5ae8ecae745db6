//! The ledger: every changing request with its outcome, one JSON line each, appended and fsynced. It is hostd's own record and
//! survives a compromised panel. Lines that come together share one fsync.

use super::Folders;
use nusantara_host::disk::faults;
use nusantara_host::{HostError, HostErrorKind};
use nusantara_proto::host::{LedgerLine, LedgerPage, LedgerPhase, Reply, Request};
use nusantara_types::{RequestId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, mpsc};
use tokio::sync::oneshot;

/// How many outcomes can be asked for again.
const REMEMBERED: usize = 2_000;
/// How much of the file's end is read at start to remember them.
const TAIL: u64 = 8 * 1024 * 1024;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
enum Line {
    Begin { time: Timestamp, peer_uid: u32, request: Box<Request> },
    End { time: Timestamp, reply: Reply },
}

/// A line on its way to the disk, and who waits for it.
struct Append {
    line: Vec<u8>,
    /// Whether it has to come into the file even when it could not be written now: before every later line then.
    owed: bool,
    done: oneshot::Sender<Result<(), HostError>>,
}

/// Outcomes by request, oldest forgotten first.
#[derive(Debug, Default)]
struct Outcomes {
    by_id: HashMap<RequestId, Reply>,
    order: VecDeque<RequestId>,
}

impl Outcomes {
    fn remember(&mut self, reply: Reply) {
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        self.order.push_back(reply.id);
        self.by_id.insert(reply.id, reply);
    }
}

/// The open ledger.
#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    appends: mpsc::Sender<Append>,
    outcomes: Mutex<Outcomes>,
}

impl Ledger {
    /// Opens the file, cuts off a line that a power cut tore, remembers recent outcomes and starts the writer.
    pub(crate) fn open(folders: &Folders) -> Result<Self, String> {
        let path = folders.state.join("ledger.jsonl");
        let shown = path.display().to_string();
        let say = |e: std::io::Error| format!("{shown}: {e}");
        let mut file = open_private(&path).map_err(say)?;
        let outcomes = recover(&mut file).map_err(say)?;
        let (appends, incoming) = mpsc::channel();
        std::thread::Builder::new().name("ledger".to_owned()).spawn(move || write_all(&mut file, &incoming)).map_err(say)?;
        Ok(Self { path, appends, outcomes: Mutex::new(outcomes) })
    }

    async fn append(&self, line: Vec<u8>, owed: bool) -> Result<(), HostError> {
        let gone = || HostError::new(HostErrorKind::Io, WHAT).detail("its writer is gone");
        let (done, wait) = oneshot::channel();
        self.appends.send(Append { line, owed, done }).map_err(|_| gone())?;
        wait.await.map_err(|_| gone())?
    }

    /// Writes down what is asked, before its first effect.
    pub(crate) async fn begin(&self, now: Timestamp, peer_uid: u32, request: &Request) -> Result<(), HostError> {
        self.append(text(&Line::Begin { time: now, peer_uid, request: Box::new(request.clone()) })?, false).await
    }

    /// Writes down what came of it, and remembers it in any case: what cannot be written now is written before anything else is.
    pub(crate) async fn end(&self, now: Timestamp, reply: &Reply) -> Result<(), HostError> {
        let line = text(&Line::End { time: now, reply: reply.clone() })?;
        let written = self.append(line, true).await;
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).remember(reply.clone());
        written
    }

    /// Tries again to write what could not be written.
    pub(crate) async fn settle(&self) -> Result<(), HostError> {
        self.append(Vec::new(), false).await
    }

    /// Some lines, from a place between two lines on, or from the newest [`NEWEST`] bytes on.
    pub(crate) fn read(&self, from: Option<u64>) -> std::io::Result<LedgerPage> {
        let mut file = File::open(&self.path)?;
        let length = file.metadata()?.len();
        let start = from.unwrap_or_else(|| length.saturating_sub(NEWEST)).min(length);
        file.seek(SeekFrom::Start(start))?;
        let mut reader = BufReader::new(file);
        let mut next = start;
        let mut line = Vec::new();
        if from.is_none() && start > 0 {
            // Most likely in the middle of one.
            next += reader.read_until(b'\n', &mut line)? as u64;
        }
        let mut lines = Vec::new();
        while lines.len() < PAGE {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                // What is being written is for the next time.
                return Ok(LedgerPage { lines, next, end: true });
            }
            next += read as u64;
            // A line of another version, which says no more, has no partner to miss either.
            lines.extend(serde_json::from_slice(&line).ok().and_then(outline));
        }
        Ok(LedgerPage { lines, next, end: false })
    }

    /// What came of an earlier request, while it is remembered.
    pub(crate) fn outcome(&self, id: RequestId) -> Option<Reply> {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).by_id.get(&id).cloned()
    }
}

/// How much of the ledger is read when nobody says from where.
const NEWEST: u64 = 32 * 1024 * 1024;
/// Lines in one answer; one is at most some 200 bytes of it.
const PAGE: usize = 500;

/// A line as others may know it: without what was asked for, which may hold more than the trail tells.
fn outline(line: Line) -> Option<LedgerLine> {
    Some(match line {
        Line::Begin { time, request, .. } => {
            let operation = serde_json::to_value(&request.operation).ok()?;
            let operation = operation.as_object()?.keys().next()?.clone();
            LedgerLine { at: time, request: request.id, phase: LedgerPhase::Begin { operation, within: request.within } }
        }
        Line::End { time, reply } => LedgerLine { at: time, request: reply.id, phase: LedgerPhase::End { done: reply.result.is_ok() } },
    })
}

/// As errors name it.
const WHAT: &str = "write the ledger";

fn text(line: &Line) -> Result<Vec<u8>, HostError> {
    let mut bytes = serde_json::to_vec(line).map_err(|e| HostError::new(HostErrorKind::Refused, WHAT).detail(e.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn open_private(path: &PathBuf) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

fn recover(file: &mut File) -> std::io::Result<Outcomes> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    // Only the last line can be torn: every line is fsynced before the next is begun.
    let whole = tail.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let torn = tail.len() - whole;
    if torn > 0 {
        file.set_len(length - u64::try_from(torn).unwrap_or_default())?;
        file.sync_all()?;
    }
    let mut outcomes = Outcomes::default();
    for line in tail[..whole].split(|b| *b == b'\n') {
        if let Ok(Line::End { reply, .. }) = serde_json::from_slice(line) {
            outcomes.remember(reply);
        }
    }
    Ok(outcomes)
}

/// Writes what has come since the last fsync with one more fsync.
fn write_all(file: &mut File, incoming: &mpsc::Receiver<Append>) {
    let mut owed = Vec::new();
    while let Ok(first) = incoming.recv() {
        let batch: Vec<Append> = std::iter::once(first).chain(incoming.try_iter()).collect();
        let mut bytes: Vec<u8> = owed.clone();
        bytes.extend(batch.iter().flat_map(|append| &append.line));
        let outcome = append_durably(file, &bytes).map_err(|e| HostError::io(WHAT, e));
        if outcome.is_ok() {
            owed.clear();
        } else {
            owed.extend(batch.iter().filter(|append| append.owed).flat_map(|append| &append.line));
        }
        for append in batch {
            let _ = append.done.send(outcome.clone());
        }
    }
}

/// Appends all of it, or nothing.
fn append_durably(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    let before = file.metadata()?.len();
    let mut append = || {
        if let Err(fault) = faults::point("ledger write") {
            file.write_all(&bytes[..bytes.len() / 2])?;
            return Err(fault.into());
        }
        file.write_all(bytes)?;
        faults::point("ledger sync")?;
        file.sync_data()
    };
    // A full disk may have taken half a line: it goes, so that the file stays lines.
    append().inspect_err(|_| drop(file.set_len(before)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_proto::host::{Answer, Operation};
    use nusantara_types::Actor;

    fn now() -> Timestamp {
        chrono::DateTime::from_timestamp(0, 0).unwrap()
    }

    #[tokio::test]
    async fn outcomes_survive_and_torn_lines_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let request =
            Request { version: 1, id: RequestId::generate(), actor: Actor::root(), operation: Operation::PackageList {}, within: None };
        let reply = Reply { id: request.id, result: Ok(Answer::Deleted { leftovers: vec![] }) };
        {
            let ledger = Ledger::open(&folders).unwrap();
            ledger.begin(now(), 0, &request).await.unwrap();
            assert_eq!(ledger.outcome(request.id), None);
            ledger.end(now(), &reply).await.unwrap();
        }
        let path = folder.path().join("ledger.jsonl");
        std::fs::OpenOptions::new().append(true).open(&path).and_then(|mut f| f.write_all(b"{\"phase\":\"en")).unwrap();
        let ledger = Ledger::open(&folders).unwrap();
        assert_eq!(ledger.outcome(request.id), Some(reply.clone()));
        ledger.end(now(), &reply).await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3);
        ledger.settle().await.unwrap();
        assert!(text.lines().all(|l| serde_json::from_str::<serde_json::Value>(l).is_ok()), "{text}");
        // Of a line that is being written nothing is told yet.
        std::fs::OpenOptions::new().append(true).open(&path).and_then(|mut f| f.write_all(b"{\"phase\":\"en")).unwrap();
        let page = ledger.read(None).unwrap();
        let told: Vec<_> = page.lines.iter().map(|line| line.phase.clone()).collect();
        let begin = LedgerPhase::Begin { operation: "package_list".into(), within: None };
        assert_eq!(told, [begin, LedgerPhase::End { done: true }, LedgerPhase::End { done: true }]);
        assert!(page.end && page.lines.iter().all(|line| line.request == request.id));
        assert_eq!(ledger.read(Some(page.next)).unwrap(), LedgerPage { lines: vec![], next: page.next, end: true });
    }

    #[test]
    fn an_outcome_that_could_not_be_written_comes_before_everything_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        let send = |to: &mpsc::Sender<Append>, line: &str, owed| {
            let (done, wait) = oneshot::channel();
            to.send(Append { line: line.as_bytes().to_vec(), owed, done }).unwrap();
            wait
        };
        let (appends, incoming) = mpsc::channel();
        let waits = [send(&appends, "begin\n", false), send(&appends, "end\n", true)];
        drop(appends);
        // Read-only: nothing can be written.
        let mut closed = File::open(&path).unwrap();
        write_all(&mut closed, &incoming);
        for wait in waits {
            wait.blocking_recv().unwrap().unwrap_err();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }
}
