//! Drift: what observation shows that the applied revision does not explain. Found by the same plan that would put it right, told the
//! other way round, from what should be to what is; and what of it can be taken into the spec instead.

mod adopt;
mod words;

use crate::account::{Foreign, Observed, plan};
use crate::change::{Change, Owner};
use crate::spec_files;
use nusantara_proto::host::DriftItem;
use nusantara_types::{AccountSpec, DriftId};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an account whose drift is looked for.
#[derive(Debug, Clone)]
pub struct Look {
    /// What was applied last, or, where that is not kept, what the files say.
    pub applied: AccountSpec,
    /// What the files say.
    pub written: AccountSpec,
    /// What is there.
    pub observed: Observed,
}

impl Look {
    /// The look at an account whose files say what was applied.
    #[must_use]
    pub fn of(spec: AccountSpec, observed: Observed) -> Self {
        Self { applied: spec.clone(), written: spec, observed }
    }

    /// Whether somebody changed the files by hand.
    #[must_use]
    pub fn is_rewritten(&self) -> bool {
        self.applied.revision() != self.written.revision()
    }

    /// The changes that would put the host right.
    ///
    /// # Errors
    /// As [`plan`].
    pub fn repairs(&self) -> Result<Vec<Change>, Foreign> {
        let mut observed = self.observed.clone();
        observed.spec = Some(self.applied.clone());
        plan(&self.applied, &observed)
    }
}

/// The thing that a change is about; none for what only goes with other changes.
#[must_use]
pub fn item_of(change: &Change) -> Option<DriftId> {
    let name = match change {
        Change::SpecWrite { .. } => "spec".to_owned(),
        Change::UserCreate { .. } => "user".to_owned(),
        Change::UserShell { .. } => "user.shell".to_owned(),
        Change::LoginDeny { .. } | Change::LoginAllow { .. } => "user.login".to_owned(),
        Change::HomeCreate { .. } => "home".to_owned(),
        Change::HomeAccess { .. } => "home.access".to_owned(),
        Change::SliceSet { .. } => "slice".to_owned(),
        Change::QuotaSet { .. } => "quota".to_owned(),
        Change::PortsGuard { .. } => "ports".to_owned(),
        Change::AccessWrite { .. } | Change::AccessRemove { .. } => "access".to_owned(),
        Change::AppSockets { .. } => "sockets".to_owned(),
        Change::PhpEnable { version, .. } | Change::PhpDisable { version, .. } => format!("php.{version}"),
        Change::AppPut { name, .. } | Change::AppStart { name, .. } | Change::AppStop { name, .. } | Change::AppRemove { name, .. } => {
            format!("app.{name}")
        }
        Change::CronPut { name, .. } | Change::CronRemove { name, .. } => format!("cron.{name}"),
        Change::DatabaseCreate { name } => format!("database.{name}"),
        Change::DatabaseUsers { .. } => "databases".to_owned(),
        Change::FtpLogins { .. } => "ftp".to_owned(),
        Change::SshApply { .. } | Change::SshRemove { .. } => "ssh".to_owned(),
        Change::WebPublish { .. } => "vhost".to_owned(),
        Change::ProcessesEnd => "processes".to_owned(),
        Change::SiteProbe { .. }
        | Change::SshCheck { .. }
        | Change::SessionsEnd
        | Change::Record { .. }
        | Change::CronRun { .. }
        | Change::DatabaseDrop { .. }
        | Change::DocrootCreate { .. }
        | Change::FolderCreate { .. }
        | Change::QuotaClear
        | Change::SliceRevert
        | Change::LastCopy { .. }
        | Change::WebWithdraw
        | Change::HomeEmpty
        | Change::HomeLink { .. }
        | Change::SharedEmpty
        | Change::Former { .. }
        | Change::UserRename { .. }
        | Change::HomeMove { .. }
        | Change::SpecMove { .. }
        | Change::FilesMove { .. }
        | Change::WebMove { .. }
        | Change::UserDelete
        | Change::LogsRemove
        | Change::SpecRemove => return None,
    };
    name.parse().ok()
}

/// What is not as it should be, each thing once, in the order in which it would be put right.
///
/// # Errors
/// [`Foreign`] when the Linux user or the home is somebody else's.
pub fn items(look: &Look) -> Result<Vec<DriftItem>, Foreign> {
    let owner = Owner::of(&look.applied);
    let mut out: Vec<DriftItem> = Vec::new();
    if look.is_rewritten() {
        out.extend(rewritten(look));
    }
    for change in look.repairs()? {
        let Some(item) = item_of(&change) else { continue };
        let (target, summary, diff) = words::of(&owner, &look.observed, &change);
        match out.iter_mut().find(|known| known.item == item) {
            Some(known) => known.diff = joined(known.diff.take(), diff),
            None => {
                let why_not = adopt::adopt(&look.applied, &look.observed, &item).err();
                out.push(DriftItem { item, target, summary, diff, adoptable: why_not.is_none(), why_not });
            }
        }
    }
    Ok(out)
}

fn joined(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + &other),
        (one, other) => one.or(other),
    }
}

fn rewritten(look: &Look) -> Option<DriftItem> {
    let name = &look.written.account.username;
    Some(DriftItem {
        item: "spec".parse().ok()?,
        target: format!("{}/{name}", crate::paths::USERS),
        summary: format!("The files of {name} were changed by hand"),
        diff: Some(crate::describe::spec_diff(Some(&look.applied), &look.written)),
        adoptable: true,
        why_not: None,
    })
}

/// Why something cannot be taken into the spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAdoptable {
    /// What.
    pub item: DriftId,
    /// Why, as a sentence.
    pub why: String,
}

/// The spec that explains what is there: of one thing, or of all that can be taken.
///
/// # Errors
/// [`NotAdoptable`] when the one thing, or none of all, can be taken.
pub fn adopted(look: &Look, found: &[DriftItem], item: Option<&DriftId>) -> Result<AccountSpec, NotAdoptable> {
    let is_spec = |item: &DriftId| item.as_str() == "spec";
    let rewritten = found.iter().any(|found| is_spec(&found.item));
    if let Some(item) = item {
        let Some(known) = found.iter().find(|found| found.item == *item) else {
            return Err(NotAdoptable { item: item.clone(), why: "there is no such difference now".to_owned() });
        };
        if let Some(why) = &known.why_not {
            return Err(NotAdoptable { item: item.clone(), why: why.clone() });
        }
        return match (is_spec(item), rewritten) {
            (true, _) => Ok(look.written.clone()),
            (false, true) => Err(NotAdoptable {
                item: item.clone(),
                why: "the account's files were changed by hand as well; adopt or overwrite those first".to_owned(),
            }),
            (false, false) => one(&look.applied, &look.observed, item),
        };
    }
    let mut spec = look.written.clone();
    let mut any = rewritten;
    for found in found.iter().filter(|found| found.adoptable && !is_spec(&found.item)) {
        spec = one(&spec, &look.observed, &found.item)?;
        any = true;
    }
    match (any, found.first()) {
        (true, _) => Ok(spec),
        (false, Some(first)) => Err(NotAdoptable { item: first.item.clone(), why: first.why_not.clone().unwrap_or_default() }),
        (false, None) => Ok(spec),
    }
}

fn one(spec: &AccountSpec, observed: &Observed, item: &DriftId) -> Result<AccountSpec, NotAdoptable> {
    adopt::adopt(spec, observed, item).map_err(|why| NotAdoptable { item: item.clone(), why })
}

/// The texts that are there of some things, by name: what is kept before they are written over. Nothing in them is left out.
#[must_use]
pub fn texts_of(look: &Look, items: &BTreeSet<DriftId>) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for item in items {
        words::texts(&look.observed, item, &mut out);
        if item.as_str() == "spec" {
            out.extend(spec_files::texts(&look.written).map(|(name, text)| (name.to_owned(), text)));
        }
    }
    out
}
