//! Questions to the host daemon, and changes that are over at once. A lost connection is simply an error.

use super::{Host, HostError, Kept};
use nusantara_proto::host::{
    AccountAdopt, AccountImport, AccountRollback, AccountState, AccountSummary, AccountUsage, Answer, AppState, CronOutput, CronState,
    CronTimes, DatabaseList, DriftItem, DriftReport, Foreseen, HostDescription, LastCopy, LedgerPage, LogPage, LogRead, NameStanding,
    Operation, Outcome, PROTOCOL_VERSION, PackageEffect, Plan, PlanIntent, Request, RevisionDiff, RevisionEntry, SshState, Survey,
};
use nusantara_types::audit::{AuditHash, AuditSeal, SealKey};
use nusantara_types::cron::CronRun;
use nusantara_types::{Actor, CronJobName, DomainName, Package, PackageName, RequestId, RevisionName, Schedule, Username};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the daemon may be silent.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may be silent during a change, which may wait for another one of the same account.
const CHANGE_PATIENCE: Duration = Duration::from_secs(90);
/// How long what rarely changes is believed without asking again.
const FRESH: Duration = Duration::from_secs(5);

impl Host {
    async fn ask(&self, actor: &Actor, operation: Operation) -> Result<Answer, HostError> {
        let answer = self.call(RequestId::generate(), actor, operation, PATIENCE, |_| {}).await;
        answer.map_err(HostError::Unavailable)?.map_err(HostError::Refused)
    }

    /// What became of a request.
    pub(crate) async fn outcome(&self, request: RequestId) -> Result<Outcome, HostError> {
        match self.ask(&Actor::system(), Operation::Outcome { request }).await? {
            Answer::Outcome(outcome) => Ok(outcome),
            _ => Err(HostError::Confused),
        }
    }

    /// What the host is and has.
    pub(crate) async fn description(&self) -> Result<Arc<HostDescription>, HostError> {
        kept(&self.description, async || match self.ask(&Actor::system(), Operation::Describe {}).await? {
            Answer::Description(description) => Ok(Arc::from(description)),
            _ => Err(HostError::Confused),
        })
        .await
    }

    /// The packages of the host, in order of name.
    pub(crate) async fn packages(&self) -> Result<Arc<[Package]>, HostError> {
        kept(&self.packages, async || match self.ask(&Actor::system(), Operation::PackageList {}).await? {
            Answer::Packages { packages } => Ok(packages.into()),
            _ => Err(HostError::Confused),
        })
        .await
    }

    /// How a name stands to an account that may want it.
    pub(crate) async fn name_standing(&self, actor: &Actor, username: &Username, domain: &DomainName) -> Result<NameStanding, HostError> {
        let question = Operation::NameStanding { username: username.clone(), domain: domain.clone() };
        match self.ask(actor, question).await? {
            Answer::NameStanding(standing) => Ok(standing),
            _ => Err(HostError::Confused),
        }
    }

    /// Forgets what is known of the packages, because they change.
    pub(crate) async fn forget_packages(&self) {
        *self.packages.lock().await = None;
    }

    /// What applying a package to the accounts that have it would do, after a name, and whether there are more.
    pub(crate) async fn package_plan(
        &self,
        actor: &Actor,
        name: PackageName,
        after: Option<Username>,
        limit: u32,
    ) -> Result<(Vec<PackageEffect>, bool), HostError> {
        match self.ask(actor, Operation::PackagePlan { name, after, limit }).await? {
            Answer::PackagePlan { accounts, more } => Ok((accounts, more)),
            _ => Err(HostError::Confused),
        }
    }

    /// A change, under an id of its own, whose caller waits for it.
    pub(crate) async fn change(&self, actor: &Actor, id: RequestId, operation: Operation) -> Result<Answer, HostError> {
        let answer = self.call(id, actor, operation, CHANGE_PATIENCE, |_| {}).await;
        answer.map_err(HostError::Unavailable)?.map_err(HostError::Refused)
    }

    /// The same, of a part of something that the audit trail knows as a whole.
    pub(crate) async fn change_part(
        &self,
        actor: &Actor,
        whole: RequestId,
        id: RequestId,
        operation: Operation,
    ) -> Result<Answer, HostError> {
        let request = Request { version: PROTOCOL_VERSION, id, actor: actor.clone(), operation, within: Some(whole) };
        let answer = self.send(&request, CHANGE_PATIENCE, |_| {}).await;
        answer.map_err(HostError::Unavailable)?.map_err(HostError::Refused)
    }

    /// The last copies that the host keeps of deleted accounts, newest first, and for how many days.
    pub(crate) async fn last_copies(&self, actor: &Actor) -> Result<(Vec<LastCopy>, u16), HostError> {
        match self.ask(actor, Operation::LastCopyList {}).await? {
            Answer::LastCopies { copies, days } => Ok((copies, days)),
            _ => Err(HostError::Confused),
        }
    }

    /// Some lines of the host daemon's ledger.
    pub(crate) async fn ledger(&self, from: Option<u64>) -> Result<LedgerPage, HostError> {
        match self.ask(&Actor::system(), Operation::LedgerRead { from }).await? {
            Answer::Ledger(page) => Ok(page),
            _ => Err(HostError::Confused),
        }
    }

    /// Has the newest row of the audit trail signed.
    pub(crate) async fn audit_seal(&self, id: i64, hash: AuditHash) -> Result<AuditSeal, HostError> {
        match self.ask(&Actor::system(), Operation::AuditSeal { id, hash }).await? {
            Answer::AuditSealed { seal: Some(seal), .. } => Ok(seal),
            _ => Err(HostError::Confused),
        }
    }

    /// The last seal as the host daemon has it, and the key that seals are checked with.
    pub(crate) async fn audit_sealed(&self) -> Result<(SealKey, Option<AuditSeal>), HostError> {
        match self.ask(&Actor::system(), Operation::AuditSealed {}).await? {
            Answer::AuditSealed { key, seal } => Ok((key, seal)),
            _ => Err(HostError::Confused),
        }
    }

    /// Accounts after a name, and whether there are more.
    pub(crate) async fn account_page(&self, after: Option<Username>) -> Result<(Vec<AccountSummary>, bool), HostError> {
        match self.ask(&Actor::system(), Operation::AccountList { after, limit: 200 }).await? {
            Answer::Accounts { accounts, more } => Ok((accounts, more)),
            _ => Err(HostError::Confused),
        }
    }

    /// One account with its spec.
    pub(crate) async fn account(&self, actor: &Actor, username: Username) -> Result<AccountState, HostError> {
        match self.ask(actor, Operation::AccountShow { username }).await? {
            Answer::Account(state) => Ok(*state),
            _ => Err(HostError::Confused),
        }
    }

    /// What a converge or a deletion would change.
    pub(crate) async fn plan(&self, actor: &Actor, username: Username, intent: PlanIntent) -> Result<Plan, HostError> {
        match self.ask(actor, Operation::AccountPlan { username, intent }).await? {
            Answer::Plan(plan) => Ok(plan),
            _ => Err(HostError::Confused),
        }
    }

    /// Applied revisions of an account, newest first, and whether there are older ones.
    pub(crate) async fn revisions(
        &self,
        actor: &Actor,
        username: Username,
        before: Option<u32>,
        limit: u32,
    ) -> Result<(Vec<RevisionEntry>, bool), HostError> {
        match self.ask(actor, Operation::RevisionList { username, before, limit }).await? {
            Answer::Revisions { revisions, more } => Ok((revisions, more)),
            _ => Err(HostError::Confused),
        }
    }

    /// What is different between two revisions of an account.
    pub(crate) async fn revision_diff(
        &self,
        actor: &Actor,
        username: Username,
        from: RevisionName,
        to: RevisionName,
    ) -> Result<RevisionDiff, HostError> {
        match self.ask(actor, Operation::RevisionDiff { username, from, to }).await? {
            Answer::RevisionDiff(diff) => Ok(*diff),
            _ => Err(HostError::Confused),
        }
    }

    /// What going back to a revision would change.
    pub(crate) async fn rollback_plan(&self, actor: &Actor, args: AccountRollback) -> Result<Plan, HostError> {
        match self.ask(actor, Operation::RollbackPlan(args)).await? {
            Answer::Plan(plan) => Ok(plan),
            _ => Err(HostError::Confused),
        }
    }

    /// What importing a document would come to.
    pub(crate) async fn import_plan(&self, actor: &Actor, args: AccountImport) -> Result<Foreseen, HostError> {
        self.foreseen(actor, Operation::ImportPlan(args)).await
    }

    /// What adopting a tree would come to.
    pub(crate) async fn adopt_plan(&self, actor: &Actor, args: AccountAdopt) -> Result<Foreseen, HostError> {
        self.foreseen(actor, Operation::AdoptPlan(args)).await
    }

    async fn foreseen(&self, actor: &Actor, operation: Operation) -> Result<Foreseen, HostError> {
        match self.ask(actor, operation).await? {
            Answer::Foreseen(foreseen) => Ok(*foreseen),
            _ => Err(HostError::Confused),
        }
    }

    /// Which accounts after a name are not as their files say.
    pub(crate) async fn survey(&self, actor: &Actor, after: Option<Username>, limit: u32) -> Result<Survey, HostError> {
        let answer = self.call(RequestId::generate(), actor, Operation::AccountSurvey { after, limit }, CHANGE_PATIENCE, |_| {}).await;
        match answer.map_err(HostError::Unavailable)?.map_err(HostError::Refused)? {
            Answer::Survey(survey) => Ok(survey),
            _ => Err(HostError::Confused),
        }
    }

    /// What is not as it should be of one account.
    pub(crate) async fn drift(&self, actor: &Actor, username: Username) -> Result<DriftReport, HostError> {
        match self.ask(actor, Operation::AccountDrift { username }).await? {
            Answer::Drift(report) => Ok(report),
            _ => Err(HostError::Confused),
        }
    }

    /// What is not as it should be of what all accounts share.
    pub(crate) async fn host_drift(&self, actor: &Actor) -> Result<Vec<DriftItem>, HostError> {
        match self.ask(actor, Operation::HostDrift {}).await? {
            Answer::HostDrift { items } => Ok(items),
            _ => Err(HostError::Confused),
        }
    }

    /// How the apps of an account are.
    pub(crate) async fn app_states(&self, actor: &Actor, username: Username) -> Result<Vec<AppState>, HostError> {
        match self.ask(actor, Operation::AppStates { username }).await? {
            Answer::Apps { apps } => Ok(apps),
            _ => Err(HostError::Confused),
        }
    }

    /// How the cron jobs of an account are.
    pub(crate) async fn cron_states(&self, actor: &Actor, username: Username) -> Result<Vec<CronState>, HostError> {
        match self.ask(actor, Operation::CronStates { username }).await? {
            Answer::CronJobs { jobs } => Ok(jobs),
            _ => Err(HostError::Confused),
        }
    }

    /// The last runs of a cron job.
    pub(crate) async fn cron_runs(&self, actor: &Actor, username: Username, name: CronJobName) -> Result<Vec<CronRun>, HostError> {
        match self.ask(actor, Operation::CronRuns { username, name }).await? {
            Answer::CronRuns { runs } => Ok(runs),
            _ => Err(HostError::Confused),
        }
    }

    /// What a run of a cron job wrote.
    pub(crate) async fn cron_output(&self, actor: &Actor, asked: CronOutput) -> Result<Vec<String>, HostError> {
        match self.ask(actor, Operation::CronOutput(asked)).await? {
            Answer::CronOutput { lines } => Ok(lines),
            _ => Err(HostError::Confused),
        }
    }

    /// When a schedule would run.
    pub(crate) async fn cron_times(&self, actor: &Actor, schedule: Schedule, count: u32) -> Result<CronTimes, HostError> {
        match self.ask(actor, Operation::CronTimes { schedule, count }).await? {
            Answer::CronTimes(times) => Ok(times),
            _ => Err(HostError::Confused),
        }
    }

    /// How an account may be logged in to by SSH, and how it was.
    pub(crate) async fn ssh(&self, actor: &Actor, username: Username) -> Result<SshState, HostError> {
        match self.ask(actor, Operation::SshShow { username }).await? {
            Answer::Ssh(state) => Ok(*state),
            _ => Err(HostError::Confused),
        }
    }

    /// How large the databases of an account are.
    pub(crate) async fn databases(&self, actor: &Actor, username: Username) -> Result<DatabaseList, HostError> {
        match self.ask(actor, Operation::DatabaseList { username }).await? {
            Answer::Databases(list) => Ok(list),
            _ => Err(HostError::Confused),
        }
    }

    /// A piece of a log.
    pub(crate) async fn log(&self, actor: &Actor, read: LogRead) -> Result<LogPage, HostError> {
        match self.ask(actor, Operation::LogRead(read)).await? {
            Answer::Log(page) => Ok(page),
            _ => Err(HostError::Confused),
        }
    }

    /// What an account uses now.
    pub(crate) async fn usage(&self, actor: &Actor, username: Username) -> Result<AccountUsage, HostError> {
        match self.ask(actor, Operation::AccountUsage { username }).await? {
            Answer::Usage(usage) => Ok(usage),
            _ => Err(HostError::Confused),
        }
    }
}

/// The kept value while it is fresh. Those who come while it is fetched wait for the same fetch.
async fn kept<T: Clone>(place: &Kept<T>, fetch: impl AsyncFnOnce() -> Result<T, HostError>) -> Result<T, HostError> {
    let mut place = place.lock().await;
    if let Some((at, value)) = place.as_ref()
        && at.elapsed() < FRESH
    {
        return Ok(value.clone());
    }
    let value = fetch().await?;
    *place = Some((Instant::now(), value.clone()));
    Ok(value)
}
