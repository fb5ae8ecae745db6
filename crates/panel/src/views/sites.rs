//! Sites as the client sees them.

use super::action_in;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use nusantara_api::sites::{ProtectedFolder, Site, SiteActions, SiteDetail, SiteKind, SiteState, Visitor};
use nusantara_store::{SiteRecord, SiteStatus};
use nusantara_types::sites::{self as spec, Www};
use nusantara_types::{AccountSpec, DomainKind, DomainName, SiteSettings};

/// A site.
pub(crate) fn site(record: &SiteRecord, caller: &Caller) -> Site {
    let busy = match record.status {
        SiteStatus::Provisioning | SiteStatus::Deleting => Some("account_busy"),
        SiteStatus::Active | SiteStatus::Failed => None,
    };
    let kept = (record.kind == DomainKind::Primary).then_some("primary_site");
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
        runtime: record.runtime.into(),
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
        actions: SiteActions {
            update: action_in(caller, &record.account, Permission::SiteUpdate, busy),
            delete: action_in(caller, &record.account, Permission::SiteDelete, kept.or(busy)),
        },
    }
}

/// A site as it is while its account is suspended.
pub(crate) fn suspended(mut site: Site) -> Site {
    if site.status == SiteState::Active {
        site.status = SiteState::Suspended;
    }
    site
}

/// A site with what the host has for it; `spec` is its account's, if the host could be asked.
pub(crate) fn detail(record: &SiteRecord, spec: Option<AccountSpec>, caller: &Caller) -> SiteDetail {
    let ports_used = spec.as_ref().map(|spec| spec.ports().into_iter().collect()).unwrap_or_default();
    let entry = spec.as_ref().and_then(|spec| spec.domains.sites().find(|(domain, ..)| **domain == record.domain));
    let aliases = spec.as_ref().filter(|_| record.kind == DomainKind::Primary).map(|spec| spec.domains.alias_domains.as_slice());
    SiteDetail {
        site: site(record, caller),
        docroot: entry.map(|(_, _, docroot, _)| docroot.to_string()),
        protected: entry.map(|(.., settings)| settings.protected.iter().map(protected).collect()).unwrap_or_default(),
        names: entry.map(|(domain, .., settings)| names(domain, settings, aliases.unwrap_or_default())).unwrap_or_default(),
        settings: entry.map(|(.., settings)| settings.clone().into()),
        ports_used,
    }
}

fn names(own: &DomainName, settings: &SiteSettings, aliases: &[DomainName]) -> Vec<String> {
    let www = (settings.www != Www::None).then(|| own.with_www()).flatten();
    std::iter::once(own).chain(www.as_ref()).chain(aliases).map(ToString::to_string).collect()
}

/// Who may enter what. Hashes stay here.
fn protected(folder: &spec::ProtectedFolder) -> ProtectedFolder {
    let visitors = folder.visitors.iter().map(|visitor| Visitor { name: visitor.name.to_string() }).collect();
    ProtectedFolder { path: folder.path.to_string(), realm: folder.realm.to_string(), visitors }
}
