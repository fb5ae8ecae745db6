//! A host daemon that does nothing to any host: it speaks the protocol and keeps its accounts in memory.

use super::{fake_history, fake_spec};
use ed25519_dalek::{Signer, SigningKey};
use nusantara_plan::history::brought_back;
use nusantara_proto::codec::{self, MAX_MESSAGE};
use nusantara_proto::host::{
    AccountCreate, AccountPassword, AccountRename, AccountRollback, AccountState, AccountSummary, AccountSuspend, AccountUpdate,
    AccountUsage, Answer, AppState, ChangeAction, CronState, CronTimes, DatabaseList, DatabasePassword, DatabaseState, DatabaseUserPut,
    DomainSummary, DriftAdopt, DriftItem, DriftReport, ErrorCode, Event, Foreseen, FtpAdd, FtpUpdate, HostDescription, InstanceState,
    LastCopy, LedgerLine, LedgerPage, LedgerPhase, LogPage, LogRead, Message, NameStanding, Operation, OperationError, Outcome, PhpUpdate,
    Plan, PlanIntent, PlannedChange, PrimaryDomain, Reply, Request, SiteAdd, SiteProtect, SiteUpdate, SshKeyAdd, SshKeyRemove, SshState,
    SshUpdate, Step, StepState, Survey, Surveyed,
};
use nusantara_proto::socket::send;
use nusantara_types::audit::{AuditHash, AuditSeal};
use nusantara_types::cron::{CronEnd, CronRun};
use nusantara_types::{
    AccountSpec, AccountStatus, CronJobName, DomainKind, DomainName, Limits, Login, Package, PackageName, RequestId, Revision, Runtime,
    Timestamp, Username,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio_seqpacket::{UnixSeqpacket, UnixSeqpacketListener};

/// What the daemon knows and how it is to behave.
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<Username, AccountSummary>,
    pub(crate) specs: BTreeMap<Username, AccountSpec>,
    /// Trees that were written by hand.
    pub(crate) trees: BTreeMap<Username, AccountSpec>,
    /// What was applied, oldest first.
    pub(crate) revisions: BTreeMap<Username, Vec<AccountSpec>>,
    pub(crate) packages: BTreeMap<PackageName, Limits>,
    /// Every password that was set or removed.
    pub(crate) passwords: Vec<AccountPassword>,
    /// What each account is said to use.
    pub(crate) usage: BTreeMap<Username, AccountUsage>,
    /// Every log that was read.
    pub(crate) read: Vec<LogRead>,
    /// What is not as it should be, by account.
    pub(crate) drift: BTreeMap<Username, Vec<DriftItem>>,
    /// The same of what all accounts share.
    pub(crate) host_drift: Vec<DriftItem>,
    /// How often somebody asked what an account uses.
    pub(crate) looks: usize,
    /// Every request for work, in order.
    pub(crate) asked: Vec<RequestId>,
    /// What it wrote down of them.
    pub(crate) ledger: Vec<LedgerLine>,
    /// What is kept of accounts that were deleted.
    pub(crate) copies: Vec<LastCopy>,
    /// The last seal of the audit trail.
    pub(crate) seal: Option<AuditSeal>,
    ended: HashMap<RequestId, Reply>,
    /// What is at work.
    begun: HashSet<RequestId>,
    /// How often each piece of work was carried out.
    pub(crate) done: HashMap<RequestId, usize>,
    /// How long a piece of work takes.
    pub(crate) takes: Duration,
    /// This many connections are cut after the first step; the work is done all the same.
    pub(crate) cut: usize,
    /// The next work fails like this.
    pub(crate) refuse: Option<OperationError>,
    /// Names that are not free for everybody.
    pub(crate) standings: BTreeMap<DomainName, NameStanding>,
}

/// The daemon.
#[derive(Clone)]
pub(crate) struct FakeHost {
    state: Arc<Mutex<State>>,
    /// Whether work waits.
    held: Arc<watch::Sender<bool>>,
    /// Told of every piece of work that is asked for, and of every one that is over.
    moved: Arc<watch::Sender<()>>,
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

pub(crate) fn limits() -> Limits {
    serde_json::from_value(serde_json::json!({
        "schema_version": 1, "disk_quota_mb": 1024, "bandwidth_quota_mb": 10240, "max_addon_domains": 5, "max_subdomains": 5,
        "max_alias_domains": 5, "max_databases": 3, "max_db_users": 3, "max_ftp_accounts": 3, "max_cron_jobs": 5,
        "cpu_limit_percent": 100, "memory_limit_mb": 512, "io_limit_mb_s": 20
    }))
    .unwrap()
}

fn domain(username: &Username, name: &DomainName, kind: DomainKind) -> DomainSummary {
    let root_path = format!("/home/{username}/domains/{name}/public_html");
    DomainSummary { domain: name.clone(), kind, root_path, runtime: Runtime::Php, php_version: Some("8.2".parse().unwrap()) }
}

/// An account as the host lists it.
pub(crate) fn summary(username: &str, uid: u32) -> AccountSummary {
    let username: Username = username.parse().unwrap();
    let primary = format!("{username}.test").parse().unwrap();
    AccountSummary {
        uid,
        status: AccountStatus::Active,
        package: "starter".parse().unwrap(),
        contact_email: None,
        revision: Revision::of(&serde_json::json!([uid, 1])),
        created_at: at(0),
        updated_at: at(0),
        domains: vec![domain(&username, &primary, DomainKind::Primary)],
        username,
    }
}

impl FakeHost {
    /// Listens at `socket` until the test ends.
    pub(crate) fn start(socket: &Path) -> Self {
        let mut listener = UnixSeqpacketListener::bind(socket).unwrap();
        let state = State {
            accounts: BTreeMap::new(),
            specs: BTreeMap::new(),
            trees: BTreeMap::new(),
            copies: vec![],
            revisions: BTreeMap::new(),
            packages: BTreeMap::from([("starter".parse().unwrap(), limits())]),
            passwords: vec![],
            usage: BTreeMap::new(),
            read: vec![],
            drift: BTreeMap::new(),
            host_drift: vec![],
            looks: 0,
            asked: vec![],
            ledger: vec![],
            seal: None,
            ended: HashMap::new(),
            begun: HashSet::new(),
            done: HashMap::new(),
            takes: Duration::ZERO,
            cut: 0,
            refuse: None,
            standings: BTreeMap::new(),
        };
        let host = Self { state: Arc::new(Mutex::new(state)), held: Arc::new(watch::Sender::new(false)), moved: Arc::default() };
        let serving = host.clone();
        let tasks = nusantara_jobs::Tasks::default();
        tasks.clone().spawn("fake host", async move {
            loop {
                let connection = listener.accept().await.unwrap();
                let host = serving.clone();
                tasks.spawn("fake request", async move { host.serve(connection).await });
            }
        });
        host
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until it was asked for a piece of work.
    pub(crate) async fn until_asked(&self) {
        let mut moved = self.moved.subscribe();
        while self.state().asked.is_empty() {
            tokio::time::timeout(Duration::from_secs(20), moved.changed()).await.unwrap().unwrap();
        }
    }

    /// Lets work wait until [`FakeHost::let_go`].
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    pub(crate) fn let_go(&self) {
        self.held.send_replace(false);
    }

    async fn serve(&self, connection: UnixSeqpacket) {
        let mut buffer = vec![0; MAX_MESSAGE];
        let Ok(info) = connection.recv(&mut buffer).await else { return };
        let Ok(request) = codec::decode::<Request>(&buffer[..info.bytes_read()]) else { return };
        let is_work = matches!(
            request.operation,
            Operation::AccountCreate(_)
                | Operation::AccountDelete { .. }
                | Operation::AccountConverge { .. }
                | Operation::DriftAdopt(_)
                | Operation::DriftOverwrite { .. }
                | Operation::HostConverge {}
                | Operation::SiteAdd(_)
                | Operation::SiteUpdate(_)
                | Operation::SiteProtect(_)
                | Operation::SiteRemove { .. }
                | Operation::PhpUpdate(_)
                | Operation::AppPut { .. }
                | Operation::AppRemove { .. }
                | Operation::AppRestart { .. }
                | Operation::AccountSuspend(_)
                | Operation::AccountUnsuspend { .. }
                | Operation::AccountUpdate(_)
                | Operation::AccountPassword(_)
                | Operation::AccountRename(_)
                | Operation::PrimaryDomain(_)
                | Operation::PackagePut { .. }
                | Operation::PackageRemove { .. }
                | Operation::TrafficEnforce { .. }
                | Operation::CronPut { .. }
                | Operation::CronRemove { .. }
                | Operation::CronRun { .. }
                | Operation::DatabaseAdd { .. }
                | Operation::DatabaseRemove { .. }
                | Operation::DatabaseUserPut(_)
                | Operation::DatabaseUserRemove { .. }
                | Operation::DatabasePassword(_)
                | Operation::FtpAdd(_)
                | Operation::FtpUpdate(_)
                | Operation::FtpRemove { .. }
                | Operation::SshUpdate(_)
                | Operation::SshKeyAdd(_)
                | Operation::SshKeyRemove(_)
                | Operation::AccountRollback(_)
                | Operation::AccountImport(_)
                | Operation::AccountAdopt(_)
        );
        let result = if is_work {
            match self.work(&connection, &request).await {
                Some(result) => result,
                None => return,
            }
        } else {
            self.answer(&request.operation)
        };
        let _ = send(&connection, &Message::Reply(Reply { id: request.id, result })).await;
    }

    /// Carries work out once; none means that the connection is to be cut.
    async fn work(&self, connection: &UnixSeqpacket, request: &Request) -> Option<Result<Answer, OperationError>> {
        self.state().asked.push(request.id);
        self.state().ledger.push(begun(request.id, &request.operation, request.within));
        self.moved.send_replace(());
        let mut moved = self.moved.subscribe();
        // Asked again while it is at it, it is followed to its end.
        loop {
            let known = self.state().ended.get(&request.id).cloned();
            if let Some(reply) = known {
                return Some(reply.result);
            }
            if self.state().begun.insert(request.id) {
                break;
            }
            moved.changed().await.unwrap();
        }
        let steps = ["user.create", "web.publish"].map(|name| Step { name: name.into(), summary: format!("Do {name}") }).to_vec();
        let _ = send(connection, &Message::Event(Event::Steps { steps })).await;
        let event = |index, state| Message::Event(Event::Step { index, state, message: None });
        let _ = send(connection, &event(0, StepState::Running)).await;
        self.held.subscribe().wait_for(|held| !held).await.unwrap();
        let _ = send(connection, &event(0, StepState::Success)).await;
        let takes = self.state().takes;
        if !takes.is_zero() {
            tokio::time::sleep(takes).await;
        }
        let refuse = self.state().refuse.take();
        *self.state().done.entry(request.id).or_default() += 1;
        let result = match refuse {
            Some(error) => Err(error),
            None => self.carry_out(&request.operation),
        };
        let done = if result.is_ok() { StepState::Success } else { StepState::Failed };
        let retryable = result.as_ref().is_err_and(|e| e.code.retryable());
        if !retryable {
            self.state().ended.insert(request.id, Reply { id: request.id, result: result.clone() });
        }
        self.state().begun.remove(&request.id);
        self.moved.send_replace(());
        if self.cut() {
            return None;
        }
        let _ = send(connection, &event(1, done)).await;
        Some(result)
    }

    /// Whether this connection is one to be cut.
    fn cut(&self) -> bool {
        let mut state = self.state();
        let cut = state.cut > 0;
        state.cut = state.cut.saturating_sub(1);
        cut
    }

    fn carry_out(&self, operation: &Operation) -> Result<Answer, OperationError> {
        let mut state = self.state();
        let missing = || OperationError::new(ErrorCode::NotFound, "no such account");
        match operation {
            Operation::AccountCreate(AccountCreate { username, primary_domain, .. }) => {
                let uid = 12_000 + u32::try_from(state.accounts.len()).unwrap();
                let mut made = summary(username.as_str(), uid);
                made.domains = vec![domain(username, primary_domain, DomainKind::Primary)];
                state.specs.insert(username.clone(), fake_spec::spec(&made));
                state.revisions.insert(username.clone(), vec![fake_history::applied(&fake_spec::spec(&made), "create")]);
                state.accounts.insert(username.clone(), made.clone());
                Ok(Answer::Applied(made))
            }
            Operation::AccountDelete { username, last_copy } => {
                state.specs.remove(username);
                state.accounts.remove(username).ok_or_else(missing)?;
                if *last_copy {
                    let path = format!("/var/lib/nusantara-hostd/last-copies/{username}.tar.gz");
                    state.copies.insert(0, LastCopy { username: username.clone(), asked_at: at(0), bytes: 7, path });
                }
                Ok(Answer::Deleted { leftovers: vec![] })
            }
            Operation::AccountRename(AccountRename { username, new_username }) => {
                let mut account = state.accounts.remove(username).ok_or_else(missing)?;
                let mut spec = state.specs.remove(username).ok_or_else(missing)?;
                spec.account.username = new_username.clone();
                spec.account.home_dir = format!("/home/{new_username}");
                spec.services.php.fpm_pool = new_username.clone();
                account.username = new_username.clone();
                account.domains = fake_spec::domains(&spec);
                account.revision = spec.revision();
                state.specs.insert(new_username.clone(), spec);
                state.accounts.insert(new_username.clone(), account.clone());
                Ok(Answer::Applied(account))
            }
            Operation::AccountImport(_) | Operation::AccountAdopt(_) => {
                let spec = fake_history::whole(&state.trees, operation)?;
                let made = nusantara_plan::site::summary(&spec);
                state.revisions.entry(made.username.clone()).or_default().push(fake_history::applied(&spec, "import"));
                state.specs.insert(made.username.clone(), spec);
                state.accounts.insert(made.username.clone(), made.clone());
                Ok(Answer::Applied(made))
            }
            Operation::AccountConverge { username } | Operation::DriftOverwrite { username } => {
                state.drift.remove(username);
                state.accounts.get(username).cloned().map(Answer::Applied).ok_or_else(missing)
            }
            Operation::DriftAdopt(DriftAdopt { username, item }) => {
                let found = state.drift.entry(username.clone()).or_default();
                found.retain(|found| !found.adoptable || item.as_ref().is_some_and(|item| *item != found.item));
                state.accounts.get(username).cloned().map(Answer::Applied).ok_or_else(missing)
            }
            Operation::HostConverge {} => {
                state.host_drift.clear();
                Ok(Answer::Done {})
            }
            Operation::AccountPassword(change) => {
                state.passwords.push(change.clone());
                Ok(Answer::Done {})
            }
            Operation::PackagePut { package, create } => {
                if *create && state.packages.contains_key(&package.name) {
                    return Err(OperationError::new(ErrorCode::Conflict, "there is one").field("name"));
                }
                if !create && !state.packages.contains_key(&package.name) {
                    return Err(missing());
                }
                state.packages.insert(package.name.clone(), package.limits.clone());
                Ok(Answer::Done {})
            }
            Operation::PackageRemove { name } => {
                state.packages.remove(name).ok_or_else(missing)?;
                Ok(Answer::Done {})
            }
            Operation::AccountSuspend(AccountSuspend { username, .. })
            | Operation::AccountUnsuspend { username }
            | Operation::AccountUpdate(AccountUpdate { username, .. })
            | Operation::PrimaryDomain(PrimaryDomain { username, .. })
            | Operation::SiteAdd(SiteAdd { username, .. })
            | Operation::SiteUpdate(SiteUpdate { username, .. })
            | Operation::SiteProtect(SiteProtect { username, .. })
            | Operation::SiteRemove { username, .. }
            | Operation::PhpUpdate(PhpUpdate { username, .. })
            | Operation::AppPut { username, .. }
            | Operation::AppRemove { username, .. }
            | Operation::AppRestart { username, .. }
            | Operation::CronPut { username, .. }
            | Operation::CronRemove { username, .. }
            | Operation::CronRun { username, .. }
            | Operation::DatabaseAdd { username, .. }
            | Operation::DatabaseRemove { username, .. }
            | Operation::DatabaseUserPut(DatabaseUserPut { username, .. })
            | Operation::DatabaseUserRemove { username, .. }
            | Operation::DatabasePassword(DatabasePassword { username, .. })
            | Operation::FtpAdd(FtpAdd { username, .. })
            | Operation::FtpUpdate(FtpUpdate { username, .. })
            | Operation::FtpRemove { username, .. }
            | Operation::SshUpdate(SshUpdate { username, .. })
            | Operation::SshKeyAdd(SshKeyAdd { username, .. })
            | Operation::SshKeyRemove(SshKeyRemove { username, .. })
            | Operation::AccountRollback(AccountRollback { username, .. }) => {
                let State { accounts, specs, packages, revisions, .. } = &mut *state;
                let account = accounts.get_mut(username).ok_or_else(missing)?;
                let spec = specs.get_mut(username).ok_or_else(missing)?;
                let past = revisions.entry(username.clone()).or_default();
                if let Operation::AccountRollback(AccountRollback { to, .. }) = operation {
                    *spec = brought_back(spec, fake_history::named(past, to)?);
                } else {
                    fake_spec::change(spec, packages, operation)?;
                }
                past.push(fake_history::applied(spec, "change"));
                account.domains = fake_spec::domains(spec);
                account.status = spec.account.status;
                account.package = spec.account.package.clone();
                account.contact_email = spec.account.contact_email.clone();
                account.revision = spec.revision();
                Ok(Answer::Applied(account.clone()))
            }
            Operation::TrafficEnforce { username } => {
                let account = state.accounts.get(username).cloned().ok_or_else(missing)?;
                if let Some(usage) = state.usage.get_mut(username) {
                    usage.sites_paused = usage.pause_due;
                }
                Ok(Answer::Applied(account))
            }
            _ => Err(OperationError::new(ErrorCode::Malformed, "not work")),
        }
    }

    fn answer(&self, operation: &Operation) -> Result<Answer, OperationError> {
        let mut state = self.state();
        match operation {
            Operation::Outcome { request } => {
                let ended = state.ended.get(request).cloned();
                Ok(Answer::Outcome(ended.map_or(Outcome::Unknown, |reply| Outcome::Ended(Box::new(reply)))))
            }
            Operation::Describe {} => Ok(Answer::Description(Box::new(HostDescription {
                hostd_version: env!("CARGO_PKG_VERSION").into(),
                hostname: "box".into(),
                os_id: "debian".into(),
                os_version: "12".into(),
                os_name: "Debian GNU/Linux 12 (bookworm)".into(),
                systemd: Some(252),
                nginx: Some("1.22.1".into()),
                php: vec!["8.2".parse().unwrap()],
                ftp: true,
                mariadb: true,
                cgroup_controllers: vec![],
                home_file_system: Some("ext4".into()),
                home_quota: false,
                home_free_bytes: 1 << 40,
                port_guard: true,
                bind_guard: None,
            }))),
            Operation::NameStanding { domain, .. } => {
                Ok(Answer::NameStanding(state.standings.get(domain).copied().unwrap_or(NameStanding::Free)))
            }
            Operation::PackageList {} => {
                let package = |(name, limits): (&PackageName, &Limits)| Package { name: name.clone(), limits: limits.clone() };
                Ok(Answer::Packages { packages: state.packages.iter().map(package).collect() })
            }
            Operation::PackagePlan { name, .. } => {
                let limits = state.packages.get(name).ok_or_else(|| OperationError::new(ErrorCode::NotFound, "no such package"))?;
                let of_it = state.specs.values().filter(|spec| spec.account.package == *name);
                Ok(Answer::PackagePlan { accounts: of_it.map(|spec| fake_spec::effect(spec, limits)).collect(), more: false })
            }
            Operation::AccountList { after, limit } => {
                let all = state.accounts.values().filter(|a| after.as_ref().is_none_or(|after| a.username > *after));
                let accounts: Vec<_> = all.clone().take(*limit as usize).cloned().collect();
                Ok(Answer::Accounts { more: all.count() > accounts.len(), accounts })
            }
            Operation::ImportPlan(_) | Operation::AdoptPlan(_) => {
                if let Some(error) = state.refuse.take() {
                    return Err(error);
                }
                let account = nusantara_plan::site::summary(&fake_history::whole(&state.trees, operation)?);
                let plan = Plan { username: account.username.clone(), intent: PlanIntent::Converge, changes: vec![] };
                Ok(Answer::Foreseen(Box::new(Foreseen { plan, account })))
            }
            Operation::RevisionList { username, before, limit } if state.accounts.contains_key(username) => {
                Ok(fake_history::history(&state.revisions[username], *before, *limit))
            }
            Operation::RevisionDiff { username, from, to } if state.accounts.contains_key(username) => {
                fake_history::diff(&state.revisions[username], from, to)
            }
            Operation::RollbackPlan(AccountRollback { username, to, .. }) if state.accounts.contains_key(username) => {
                fake_history::named(&state.revisions[username], to)?;
                if let Some(error) = state.refuse.take() {
                    return Err(error);
                }
                Ok(Answer::Plan(Plan { username: username.clone(), intent: PlanIntent::Converge, changes: vec![] }))
            }
            Operation::AccountDrift { username } if state.accounts.contains_key(username) => {
                let items = state.drift.get(username).cloned().unwrap_or_default();
                Ok(Answer::Drift(DriftReport { username: username.clone(), items, problem: None, restorable: true }))
            }
            Operation::HostDrift {} => Ok(Answer::HostDrift { items: state.host_drift.clone() }),
            Operation::AccountSurvey { after, limit } => {
                let all: Vec<&Username> = state.accounts.keys().filter(|name| after.as_ref().is_none_or(|after| *name > after)).collect();
                let some: Vec<&Username> = all.iter().copied().take(*limit as usize).collect();
                let next = some.last().filter(|_| all.len() > some.len()).map(|name| (*name).clone());
                let surveyed = |name: &&Username| {
                    let items = state.drift.get(*name).filter(|items| !items.is_empty())?.clone();
                    let change = |found: &DriftItem| PlannedChange {
                        action: ChangeAction::Update,
                        step: "web.publish".into(),
                        target: found.target.clone(),
                        summary: format!("Mend {}", found.item),
                        detail: None,
                    };
                    Some(Surveyed { username: (*name).clone(), changes: items.iter().map(change).collect(), items, problem: None })
                };
                let accounts = some.iter().filter_map(surveyed).collect();
                Ok(Answer::Survey(Survey { looked: u32::try_from(some.len()).unwrap(), accounts, next }))
            }
            Operation::AccountPlan { username, intent } if state.accounts.contains_key(username) => {
                Ok(Answer::Plan(Plan { username: username.clone(), intent: intent.clone(), changes: vec![] }))
            }
            Operation::AccountShow { username } if state.specs.contains_key(username) => {
                let (summary, spec) = (state.accounts[username].clone(), state.specs[username].clone());
                Ok(Answer::Account(Box::new(AccountState { summary, spec, login: Some(Login::FRESH) })))
            }
            Operation::AppStates { username } if state.specs.contains_key(username) => {
                let apps = state.specs[username].services.nodejs.apps.iter();
                Ok(Answer::Apps { apps: apps.map(|app| AppState { name: app.name.clone(), instances: vec![running()] }).collect() })
            }
            Operation::CronStates { username } if state.specs.contains_key(username) => {
                let jobs = state.specs[username].services.cron.jobs.iter();
                let state = |name: &CronJobName| CronState {
                    name: name.clone(),
                    next: Some(at(60)),
                    running_since: None,
                    last: Some(failed_run()),
                };
                Ok(Answer::CronJobs { jobs: jobs.map(|job| state(&job.name)).collect() })
            }
            Operation::CronRuns { username, .. } if state.specs.contains_key(username) => Ok(Answer::CronRuns { runs: vec![failed_run()] }),
            Operation::CronOutput(asked) if state.specs.contains_key(&asked.username) => {
                Ok(Answer::CronOutput { lines: vec![format!("of {}", asked.run)] })
            }
            Operation::AuditSeal { id, hash } => {
                let seal = sealed(*id, *hash);
                state.seal = Some(seal.clone());
                Ok(Answer::AuditSealed { key: seal.key, seal: Some(seal) })
            }
            Operation::LedgerRead { from } => {
                // One line at a time: whoever reads goes on.
                let at = usize::try_from(from.unwrap_or_default()).unwrap();
                let lines: Vec<_> = state.ledger.iter().skip(at).take(1).cloned().collect();
                let next = (at + lines.len()) as u64;
                Ok(Answer::Ledger(LedgerPage { end: lines.is_empty(), lines, next }))
            }
            Operation::LastCopyList {} => Ok(Answer::LastCopies { copies: state.copies.clone(), days: 30 }),
            Operation::AuditSealed {} => Ok(Answer::AuditSealed { key: sealed(1, [0; 32].into()).key, seal: state.seal.clone() }),
            Operation::CronTimes { schedule, count } => {
                let runs = schedule.next_runs(&at(0).fixed_offset(), *count as usize);
                Ok(Answer::CronTimes(CronTimes { zone: "Asia/Jakarta".into(), runs }))
            }
            Operation::SshShow { username } if state.specs.contains_key(username) => Ok(Answer::Ssh(Box::new(SshState {
                ssh: state.specs[username].ssh.clone(),
                port: Some(22),
                unavailable: None,
                last_login_ip: Some([192, 0, 2, 7].into()),
                last_login_at: Some(at(0)),
            }))),
            Operation::DatabaseList { username } if state.specs.contains_key(username) => {
                let databases = &state.specs[username].services.databases.mariadb.databases;
                let state =
                    |name: &nusantara_types::DatabaseName| DatabaseState { name: name.clone(), bytes: Some(16_384), tables: Some(1) };
                let databases = databases.iter().map(|database| state(&database.name)).collect();
                Ok(Answer::Databases(DatabaseList { server: Some("10.11.6-MariaDB".into()), databases }))
            }
            Operation::LogRead(read) if state.specs.contains_key(&read.username) => {
                state.read.push(read.clone());
                Ok(Answer::Log(LogPage { lines: vec!["one".into(), "two".into()], after: "there".into() }))
            }
            Operation::AccountUsage { username } if state.accounts.contains_key(username) => {
                state.looks += 1;
                Ok(Answer::Usage(state.usage.get(username).cloned().unwrap_or_else(nothing)))
            }
            _ => Err(OperationError::new(ErrorCode::NotFound, "no such account")),
        }
    }
}

/// The line of the ledger that says that something was asked for.
pub(crate) fn begun(request: RequestId, operation: &Operation, within: Option<RequestId>) -> LedgerLine {
    let operation = serde_json::to_value(operation).unwrap().as_object().unwrap().keys().next().unwrap().clone();
    LedgerLine { at: at(0), request, phase: LedgerPhase::Begin { operation, within } }
}

/// A seal by the fake's own key.
fn sealed(id: i64, hash: AuditHash) -> AuditSeal {
    let key = SigningKey::from_bytes(&[7; 32]);
    let signature = key.sign(&AuditSeal::message(id, &hash, at(0))).to_bytes().into();
    AuditSeal { id, hash, sealed_at: at(0), key: key.verifying_key().to_bytes().into(), signature }
}

pub(crate) fn failed_run() -> CronRun {
    CronRun { id: "ab".repeat(16).parse().unwrap(), started_at: at(0), ended_at: at(2), end: CronEnd::Exit(3) }
}

fn running() -> InstanceState {
    InstanceState {
        state: "active".into(),
        sub_state: "running".into(),
        since: Some(at(0)),
        restarts: 1,
        memory_bytes: Some(7),
        ended: None,
    }
}

/// What an account uses that sleeps.
pub(crate) fn nothing() -> AccountUsage {
    AccountUsage {
        cpu_usec: 0,
        cpu_throttled_usec: 0,
        memory_bytes: 0,
        memory_peak_bytes: None,
        oom_kills: 0,
        tasks: 0,
        io_read_bytes: 0,
        io_write_bytes: 0,
        pressure: None,
        disk_bytes: Some(4096),
        disk_files: None,
        disk_measured_at: None,
        sent_bytes: 0,
        sent_percent: 0,
        sites_paused: false,
        pause_due: false,
    }
}
