//! Writes what a host says about one account into the index.

use chrono::SubsecRound;
use nusantara_proto::host::{AccountSummary, DomainSummary};
use nusantara_store::{AccountRecord, AccountStatus, Scope, SiteRecord, SiteStatus, StoreError, Tx};
use nusantara_types::{AccountStatus as HostStatus, Actor, DomainKind, DomainName, SiteId, Timestamp};

/// Brings the rows of one account in line with `summary`. Rows that a job is still working on keep their state, except the one
/// named `settled`, whose job is ending with this very answer. Times are cut to microseconds, as the database keeps them: a row
/// that equals what the host says must compare equal.
pub(crate) async fn apply(tx: &Tx, summary: &AccountSummary, settled: Option<&DomainName>, now: Timestamp) -> Result<(), StoreError> {
    match tx.account_get(Scope::All, &summary.username).await? {
        Some(known) => {
            let fresh = renewed(&known, summary, settled.is_some());
            if fresh != known {
                tx.account_update(&fresh).await?;
            }
        }
        None => tx.account_insert(&discovered(summary)).await?,
    }
    let known = tx.site_list_of(&summary.username).await?;
    for domain in summary.domains.iter().filter(|d| d.kind != DomainKind::Alias) {
        match known.iter().find(|site| site.domain == domain.domain) {
            Some(site) => {
                let fresh = renewed_site(site, domain, settled, now);
                if fresh != *site {
                    tx.site_update(&fresh).await?;
                }
            }
            None => tx.site_insert(&discovered_site(summary, domain)).await?,
        }
    }
    for site in known.iter().filter(|site| !summary.domains.iter().any(|d| d.domain == site.domain)) {
        let being_made = site.status == SiteStatus::Provisioning && settled != Some(&site.domain);
        if !being_made {
            tx.site_delete(site.id).await?;
        }
    }
    Ok(())
}

/// The index's word for the host's.
pub(super) const fn status_of(status: HostStatus) -> AccountStatus {
    match status {
        HostStatus::Active => AccountStatus::Active,
        HostStatus::Suspended => AccountStatus::Suspended,
    }
}

fn renewed(known: &AccountRecord, summary: &AccountSummary, settled: bool) -> AccountRecord {
    let at_work = matches!(known.status, AccountStatus::Provisioning | AccountStatus::Deleting) && !settled;
    AccountRecord {
        uid: Some(summary.uid),
        primary_domain: primary(summary).unwrap_or_else(|| known.primary_domain.clone()),
        package: summary.package.clone(),
        status: if at_work { known.status } else { status_of(summary.status) },
        contact_email: summary.contact_email.clone(),
        revision: Some(summary.revision.clone()),
        job: if at_work { known.job } else { None },
        created_at: summary.created_at.trunc_subsecs(6),
        updated_at: summary.updated_at.trunc_subsecs(6),
        ..known.clone()
    }
}

fn primary(summary: &AccountSummary) -> Option<DomainName> {
    summary.domains.iter().find(|d| d.kind == DomainKind::Primary).map(|d| d.domain.clone())
}

/// An account that the panel did not make: from a spec written by hand, or from before the index was lost.
fn discovered(summary: &AccountSummary) -> AccountRecord {
    // A host refuses a spec without a primary domain; should an answer lack it all the same, any of its names will do.
    let first = primary(summary).or_else(|| summary.domains.first().map(|d| d.domain.clone()));
    AccountRecord {
        username: summary.username.clone(),
        uid: Some(summary.uid),
        primary_domain: first.unwrap_or_else(|| fallback(summary)),
        package: summary.package.clone(),
        status: status_of(summary.status),
        contact_email: summary.contact_email.clone(),
        revision: Some(summary.revision.clone()),
        job: None,
        created_by: Actor::system(),
        created_at: summary.created_at.trunc_subsecs(6),
        updated_at: summary.updated_at.trunc_subsecs(6),
        generation: 1,
    }
}

#[expect(clippy::expect_used, reason = "a username is a label, and a label below `test` is a domain name")]
fn fallback(summary: &AccountSummary) -> DomainName {
    format!("{}.test", summary.username).parse().expect("a username below `test` is a domain name")
}

fn renewed_site(known: &SiteRecord, domain: &DomainSummary, settled: Option<&DomainName>, now: Timestamp) -> SiteRecord {
    let at_work = matches!(known.status, SiteStatus::Provisioning | SiteStatus::Deleting) && settled != Some(&known.domain);
    let mut fresh = SiteRecord {
        kind: domain.kind,
        root_path: domain.root_path.clone(),
        runtime: domain.runtime,
        php_version: domain.php_version.clone(),
        status: if at_work { known.status } else { SiteStatus::Active },
        job: if at_work { known.job } else { None },
        ..known.clone()
    };
    if fresh != *known {
        fresh.updated_at = now;
    }
    fresh
}

fn discovered_site(summary: &AccountSummary, domain: &DomainSummary) -> SiteRecord {
    SiteRecord {
        id: SiteId::generate(),
        account: summary.username.clone(),
        domain: domain.domain.clone(),
        kind: domain.kind,
        root_path: domain.root_path.clone(),
        runtime: domain.runtime,
        php_version: domain.php_version.clone(),
        status: SiteStatus::Active,
        job: None,
        created_by: Actor::system(),
        created_at: summary.updated_at.trunc_subsecs(6),
        updated_at: summary.updated_at.trunc_subsecs(6),
        generation: 1,
    }
}
