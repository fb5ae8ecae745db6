//! Accounts and plans as the client sees them.

use super::action_in;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::accounts::{Account, AccountActions, AccountState, ChangeAction, PlanIntent, PlanView, PlannedChange};
use nusantara_proto::host;
use nusantara_store::{AccountRecord, AccountStatus};

/// An account.
pub(crate) fn account(record: &AccountRecord, site_count: u32, caller: &Caller) -> Account {
    let busy = |may: bool| (!may).then_some("account_busy");
    let settled = !matches!(record.status, AccountStatus::Provisioning | AccountStatus::Deleting | AccountStatus::Renaming);
    let serving = match record.status {
        AccountStatus::Active => None,
        AccountStatus::Suspended => Some("account_suspended"),
        AccountStatus::Provisioning | AccountStatus::Deleting | AccountStatus::Renaming | AccountStatus::Failed => Some("account_busy"),
    };
    let whole = matches!(record.status, AccountStatus::Active | AccountStatus::Suspended);
    let unsuspendable = if record.status == AccountStatus::Active { Some("account_active") } else { busy(settled) };
    Account {
        username: record.username.to_string(),
        uid: record.uid,
        primary_domain: record.primary_domain.to_string(),
        package: record.package.to_string(),
        status: state(record.status),
        home_dir: format!("/home/{}", record.username),
        contact_email: record.contact_email.as_ref().map(ToString::to_string),
        revision: record.revision.as_ref().map(ToString::to_string),
        site_count,
        drift_count: 0,
        job_id: record.job.map(|job| job.to_string()),
        created_at: record.created_at,
        updated_at: record.updated_at,
        actions: AccountActions {
            delete: action_in(caller, &record.username, Permission::AccountDelete, busy(settled)),
            create_site: action_in(caller, &record.username, Permission::SiteCreate, serving),
            update_php: action_in(caller, &record.username, Permission::PhpUpdate, serving),
            update_apps: action_in(caller, &record.username, Permission::AppUpdate, serving),
            update: action_in(caller, &record.username, Permission::AccountUpdate, busy(whole)),
            rename: action_in(caller, &record.username, Permission::AccountRename, busy(whole)),
            password: action_in(caller, &record.username, Permission::AccountPassword, serving),
            suspend: action_in(
                caller,
                &record.username,
                Permission::AccountSuspend,
                if settled { serving.filter(|_| whole) } else { busy(false) },
            ),
            unsuspend: action_in(caller, &record.username, Permission::AccountSuspend, unsuspendable),
            update_cron: action_in(caller, &record.username, Permission::CronUpdate, serving),
            update_databases: action_in(caller, &record.username, Permission::DatabaseUpdate, serving),
            update_ftp: action_in(caller, &record.username, Permission::FtpUpdate, serving),
            update_ssh: action_in(caller, &record.username, Permission::SshUpdate, serving),
            roll_back: action_in(caller, &record.username, Permission::AccountRollback, busy(whole)),
        },
    }
}

const fn state(status: AccountStatus) -> AccountState {
    match status {
        AccountStatus::Provisioning => AccountState::Provisioning,
        AccountStatus::Active => AccountState::Active,
        AccountStatus::Suspended => AccountState::Suspended,
        AccountStatus::Deleting => AccountState::Deleting,
        AccountStatus::Renaming => AccountState::Renaming,
        AccountStatus::Failed => AccountState::Failed,
    }
}

/// Kind of a change.
pub(super) const fn change_action(action: host::ChangeAction) -> ChangeAction {
    match action {
        host::ChangeAction::Create => ChangeAction::Create,
        host::ChangeAction::Update => ChangeAction::Update,
        host::ChangeAction::Remove => ChangeAction::Remove,
    }
}

/// A change of a plan.
pub(crate) fn change(change: host::PlannedChange) -> PlannedChange {
    PlannedChange {
        action: change_action(change.action),
        step: change.step,
        target: change.target,
        summary: change.summary,
        detail: change.detail,
    }
}

/// A plan.
pub(crate) fn plan(plan: host::Plan) -> PlanView {
    let intent = match plan.intent {
        host::PlanIntent::Converge => PlanIntent::Converge,
        host::PlanIntent::Delete => PlanIntent::Delete,
        host::PlanIntent::Suspend => PlanIntent::Suspend,
        host::PlanIntent::Unsuspend => PlanIntent::Unsuspend,
        host::PlanIntent::Rename { .. } => PlanIntent::Rename,
        host::PlanIntent::PrimaryDomain { .. } => PlanIntent::PrimaryDomain,
    };
    PlanView { username: plan.username.to_string(), intent, changes: plan.changes.into_iter().map(change).collect() }
}
