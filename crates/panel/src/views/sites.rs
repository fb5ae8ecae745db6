//! Sites as the client sees them.

use super::action;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::sites::{Site, SiteActions, SiteKind, SiteRuntime, SiteState};
use nusantara_store::{SiteRecord, SiteStatus};
use nusantara_types::{DomainKind, Runtime};

/// A site.
pub(crate) fn site(record: &SiteRecord, caller: &Caller) -> Site {
    let obstacle = match (record.kind, record.status) {
        (DomainKind::Primary, _) => Some("primary_site"),
        (_, SiteStatus::Provisioning | SiteStatus::Deleting) => Some("account_busy"),
        (_, SiteStatus::Active | SiteStatus::Failed) => None,
    };
    Site {
        id: record.id.0,
        account: record.account.to_string(),
        domain: record.domain.to_string(),
        kind: match record.kind {
            DomainKind::Primary => SiteKind::Primary,
            DomainKind::Subdomain => SiteKind::Subdomain,
            // An alias is another name of a site and never a row of its own.
            DomainKind::Addon | DomainKind::Alias => SiteKind::Addon,
        },
        root_path: record.root_path.clone(),
        runtime: match record.runtime {
            Runtime::Php => SiteRuntime::Php,
            Runtime::Static => SiteRuntime::Static,
            Runtime::Proxy => SiteRuntime::Proxy,
            Runtime::Node => SiteRuntime::Node,
            Runtime::Redirect => SiteRuntime::Redirect,
        },
        php_version: record.php_version.as_ref().map(ToString::to_string),
        status: match record.status {
            SiteStatus::Provisioning => SiteState::Provisioning,
            SiteStatus::Active => SiteState::Active,
            SiteStatus::Deleting => SiteState::Deleting,
            SiteStatus::Failed => SiteState::Failed,
        },
        url: format!("http://{}/", record.domain),
        created_by: record.created_by.to_string(),
        created_at: record.created_at,
        actions: SiteActions { delete: action(caller, Permission::SiteDelete, obstacle) },
    }
}
