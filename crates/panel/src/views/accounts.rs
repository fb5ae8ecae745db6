//! Accounts, packages and plans as the client sees them.

use super::action;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::accounts::{
    Account, AccountActions, AccountState, ChangeAction, LimitsView, PackageView, PlanIntent, PlanView, PlannedChange,
};
use nusantara_proto::host;
use nusantara_store::{AccountRecord, AccountStatus};
use nusantara_types::{Limits, Package};

/// An account.
pub(crate) fn account(record: &AccountRecord, site_count: u32, caller: &Caller) -> Account {
    let busy = |may: bool| (!may).then_some("account_busy");
    let settled = !matches!(record.status, AccountStatus::Provisioning | AccountStatus::Deleting);
    let active = record.status == AccountStatus::Active;
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
        job_id: record.job.map(|job| job.to_string()),
        created_at: record.created_at,
        updated_at: record.updated_at,
        actions: AccountActions {
            delete: action(caller, Permission::AccountDelete, busy(settled)),
            create_site: action(caller, Permission::SiteCreate, busy(active)),
            update_php: action(caller, Permission::PhpUpdate, busy(active)),
            update_apps: action(caller, Permission::AppUpdate, busy(active)),
            update_ssh: action(caller, Permission::SshUpdate, busy(active)),
        },
    }
}

const fn state(status: AccountStatus) -> AccountState {
    match status {
        AccountStatus::Provisioning => AccountState::Provisioning,
        AccountStatus::Active => AccountState::Active,
        AccountStatus::Suspended => AccountState::Suspended,
        AccountStatus::Deleting => AccountState::Deleting,
        AccountStatus::Failed => AccountState::Failed,
    }
}

/// Limits, with the defaults filled in.
pub(crate) fn limits(limits: &Limits) -> LimitsView {
    LimitsView {
        disk_quota_mb: limits.disk_quota_mb,
        bandwidth_quota_mb: limits.bandwidth_quota_mb,
        max_addon_domains: limits.max_addon_domains,
        max_subdomains: limits.max_subdomains,
        max_alias_domains: limits.max_alias_domains,
        max_databases: limits.max_databases,
        max_db_users: limits.max_db_users,
        max_ftp_accounts: limits.max_ftp_accounts,
        max_cron_jobs: limits.max_cron_jobs,
        cpu_limit_percent: limits.cpu_limit_percent,
        memory_limit_mb: limits.memory_limit_mb,
        io_limit_mb_s: limits.io_limit_mb_s,
        max_processes: limits.tasks(),
        max_apps: limits.apps(),
    }
}

/// A package.
pub(crate) fn package(package: &Package) -> PackageView {
    PackageView { name: package.name.to_string(), limits: limits(&package.limits) }
}

/// A plan.
pub(crate) fn plan(plan: host::Plan) -> PlanView {
    let change = |change: host::PlannedChange| PlannedChange {
        action: match change.action {
            host::ChangeAction::Create => ChangeAction::Create,
            host::ChangeAction::Update => ChangeAction::Update,
            host::ChangeAction::Remove => ChangeAction::Remove,
        },
        step: change.step,
        target: change.target,
        summary: change.summary,
        detail: change.detail,
    };
    let intent = match plan.intent {
        host::PlanIntent::Converge => PlanIntent::Converge,
        host::PlanIntent::Delete => PlanIntent::Delete,
    };
    PlanView { username: plan.username.to_string(), intent, changes: plan.changes.into_iter().map(change).collect() }
}
