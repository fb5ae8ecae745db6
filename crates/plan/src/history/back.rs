//! Going back.

use nusantara_types::{Account, AccountSpec, Meta};
use std::collections::BTreeMap;

/// What `now` becomes when it goes back to what `then` asked for.
///
/// What the account *is* stays as it is now: its username and everything named after it, its uid, its age, and whether it serves
/// (a rollback neither lets a suspended account serve nor suspends one). Passwords stay too: a login or visitor that is there now
/// keeps the password it has now, since an old one may be known to somebody by now. And so do its databases and their users: what is in
/// a database is not part of a revision.
#[must_use]
pub fn brought_back(now: &AccountSpec, then: &AccountSpec) -> AccountSpec {
    let mut spec = then.clone();
    let a = &now.account;
    spec.account = Account {
        username: a.username.clone(),
        uid: a.uid,
        gid: a.gid,
        home_dir: a.home_dir.clone(),
        status: a.status,
        suspension: a.suspension.clone(),
        created_at: a.created_at,
        updated_at: a.updated_at,
        last_login_ip: a.last_login_ip,
        last_login_at: a.last_login_at,
        ..spec.account
    };
    spec.services.php.fpm_pool = a.username.clone();
    spec.services.databases = now.services.databases.clone();
    spec.meta = Meta { notes: then.meta.notes.clone(), ..now.meta.clone() };
    keep_passwords(now, &mut spec);
    spec
}

fn keep_passwords(now: &AccountSpec, spec: &mut AccountSpec) {
    let logins: BTreeMap<_, _> = now.services.ftp.accounts.iter().map(|login| (&login.name, &login.hash)).collect();
    for login in &mut spec.services.ftp.accounts {
        if let Some(hash) = logins.get(&login.name) {
            login.hash = (*hash).clone();
        }
    }
    let mut visitors = BTreeMap::new();
    for (domain, _, _, settings) in now.domains.sites() {
        for folder in &settings.protected {
            visitors.extend(folder.visitors.iter().map(|v| ((domain.clone(), folder.path.as_str(), &v.name), &v.hash)));
        }
    }
    let d = &mut spec.domains;
    let primary = std::iter::once((&d.primary.domain, &mut d.primary.settings));
    let addons = d.addon_domains.iter_mut().map(|site| (&site.domain, &mut site.settings));
    let subdomains = d.subdomains.iter_mut().map(|site| (&site.subdomain, &mut site.settings));
    for (domain, settings) in primary.chain(addons).chain(subdomains) {
        for folder in &mut settings.protected {
            for visitor in &mut folder.visitors {
                if let Some(hash) = visitors.get(&(domain.clone(), folder.path.as_str(), &visitor.name)) {
                    visitor.hash = (*hash).clone();
                }
            }
        }
    }
}
