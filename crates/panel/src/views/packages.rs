//! Packages as the client sees them.

use super::action;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::packages::{LimitChange, LimitsView, PackageActions, PackageEffect, PackageView};
use nusantara_proto::host;
use nusantara_types::{Limits, Package};

/// Limits, with the defaults filled in.
pub(crate) fn limits(limits: &Limits) -> LimitsView {
    LimitsView {
        disk_quota_mb: limits.disk_quota_mb,
        bandwidth_quota_mb: limits.bandwidth_quota_mb,
        bandwidth_action: limits.bandwidth_action.into(),
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
pub(crate) fn package(package: &Package, account_count: u32, caller: &Caller) -> PackageView {
    PackageView {
        name: package.name.to_string(),
        limits: limits(&package.limits),
        account_count,
        actions: PackageActions {
            update: action(caller, Permission::PackageUpdate, None),
            delete: action(caller, Permission::PackageUpdate, (account_count > 0).then_some("package_in_use")),
        },
    }
}

/// What applying its package would do to an account.
pub(crate) fn effect(effect: host::PackageEffect) -> PackageEffect {
    let value = |value| serde_json::from_value(value).unwrap_or_default();
    let change = |change: host::LimitChange| LimitChange { field: change.field, from: value(change.from), to: value(change.to) };
    PackageEffect {
        account: effect.username.to_string(),
        changes: effect.changes.into_iter().map(change).collect(),
        refused: effect.refused,
    }
}
