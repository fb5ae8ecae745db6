//! The accounts of this host in memory, and who holds which name and which port. hostd is the only writer of the spec files, so this is read
//! once at start and kept; claims are checked and taken under one lock (SECURITY R8, R30).

use crate::converge::databases::{SqlName, names_of};
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountSummary, ErrorCode, NameStanding, OperationError};
use nusantara_types::sites::ProxyTarget;
use nusantara_types::{AccountSpec, DomainName, PackageName, SiteSettings, Username};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// What is known of all accounts.
#[derive(Debug, Default)]
struct Known {
    accounts: BTreeMap<Username, AccountSummary>,
    /// Every claimed name, with its holder. Also names that an operation under way has reserved.
    claims: BTreeMap<DomainName, Username>,
    /// Every claimed port of 127.0.0.1, likewise.
    ports: BTreeMap<u16, Username>,
    /// Every name on the database server, likewise: of databases and of their users.
    databases: BTreeMap<SqlName, Username>,
    /// Usernames an operation under way has reserved.
    reserved: BTreeSet<Username>,
    /// Accounts whose files cannot be used. Their names are taken.
    broken: BTreeSet<Username>,
}

/// The index.
#[derive(Debug, Default)]
pub(crate) struct Index {
    known: Mutex<Known>,
}

impl Index {
    fn with<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts an account in, or replaces what was known of it, with its claims.
    pub(crate) fn put(&self, spec: &AccountSpec) {
        let summary = summary(spec);
        self.with(|known| {
            known.forget_claims(&summary.username);
            known.take(spec);
            known.reserved.remove(&summary.username);
            known.broken.remove(&summary.username);
            known.accounts.insert(summary.username.clone(), summary);
        });
    }

    /// Takes an account out, with its claims and reservations.
    pub(crate) fn remove(&self, username: &Username) {
        self.with(|known| {
            known.accounts.remove(username);
            known.reserved.remove(username);
            known.broken.remove(username);
            known.forget_claims(username);
        });
    }

    /// Takes note of an account whose files cannot be used.
    pub(crate) fn put_broken(&self, username: &Username) {
        self.with(|known| known.broken.insert(username.clone()));
    }

    /// Whether it is such an account.
    pub(crate) fn is_broken(&self, username: &Username) -> bool {
        self.with(|known| known.broken.contains(username))
    }

    /// Whether nothing usable is known of it: its folder is new here, or could not be used so far.
    pub(crate) fn is_news(&self, username: &Username) -> bool {
        self.with(|known| !known.accounts.contains_key(username) && !known.reserved.contains(username))
    }

    /// Every account's name, those included whose files cannot be used; in order.
    pub(crate) fn names_with_broken(&self) -> BTreeSet<Username> {
        self.with(|known| known.accounts.keys().chain(&known.broken).cloned().collect())
    }

    /// One account.
    pub(crate) fn get(&self, username: &Username) -> Option<AccountSummary> {
        self.with(|known| known.accounts.get(username).cloned())
    }

    /// At most `limit` accounts after a name, and whether there are more.
    pub(crate) fn page(&self, after: Option<&Username>, limit: usize) -> (Vec<AccountSummary>, bool) {
        use std::ops::Bound::{Excluded, Unbounded};
        self.with(|known| {
            let from = after.map_or(Unbounded, Excluded);
            let mut rest = known.accounts.range::<Username, _>((from, Unbounded)).map(|(_, summary)| summary.clone());
            let page: Vec<_> = rest.by_ref().take(limit).collect();
            (page, rest.next().is_some())
        })
    }

    /// The accounts that have a package, in order.
    pub(crate) fn of_package(&self, package: &PackageName) -> Vec<Username> {
        self.with(|known| known.accounts.values().filter(|a| a.package == *package).map(|a| a.username.clone()).collect())
    }

    /// Every account's name.
    pub(crate) fn names(&self) -> Vec<Username> {
        self.with(|known| known.accounts.keys().cloned().collect())
    }

    /// The highest uid in use.
    pub(crate) fn highest_uid(&self) -> Option<u32> {
        self.with(|known| known.accounts.values().map(|a| a.uid).max())
    }

    /// Reserves a new username and its first domain in one step.
    pub(crate) fn reserve_account(&self, username: &Username, domain: &DomainName) -> Result<(), OperationError> {
        self.with(|known| {
            if known.has_name(username) {
                return Err(OperationError::new(ErrorCode::Conflict, format!("the account {username} exists already")).field("username"));
            }
            claimable(known, username, domain, false).map_err(|e| e.field("primary_domain"))?;
            known.reserved.insert(username.clone());
            known.claims.insert(domain.clone(), username.clone());
            Ok(())
        })
    }

    /// Whether a username is taken or reserved.
    pub(crate) fn has_name(&self, username: &Username) -> bool {
        self.with(|known| known.has_name(username))
    }

    /// Reserves a username for an account that is there.
    pub(crate) fn reserve_name(&self, username: &Username) -> Result<(), OperationError> {
        self.with(|known| {
            if known.has_name(username) {
                return Err(OperationError::new(ErrorCode::Conflict, format!("the account {username} exists already")));
            }
            known.reserved.insert(username.clone());
            Ok(())
        })
    }

    /// Gives back what [`Index::reserve_name`] took.
    pub(crate) fn release_name(&self, username: &Username) {
        self.with(|known| known.reserved.remove(username));
    }

    /// Knows an account under the name of `spec`, and no more under `from`.
    pub(crate) fn rename(&self, from: &Username, spec: &AccountSpec) {
        let summary = summary(spec);
        self.with(|known| {
            for name in [from, &summary.username] {
                known.accounts.remove(name);
                known.reserved.remove(name);
                known.broken.remove(name);
                known.forget_claims(name);
            }
            known.take(spec);
            known.accounts.insert(summary.username.clone(), summary);
        });
    }

    /// Reserves the name of an account that is new, and all that its spec holds. One that is adopted may be known already, from its
    /// files.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] naming the field of what somebody else holds; nothing is reserved then.
    pub(crate) fn reserve_new(&self, spec: &AccountSpec, below_foreign: bool, adopted: bool) -> Result<(), OperationError> {
        let username = &spec.account.username;
        self.with(|known| {
            let exists = known.accounts.contains_key(username) || known.broken.contains(username);
            if known.reserved.contains(username) || (exists && !adopted) {
                return Err(OperationError::new(ErrorCode::Conflict, format!("the account {username} exists already")).field("username"));
            }
            known.reserved.insert(username.clone());
            Ok(())
        })?;
        self.reserve(spec, below_foreign).inspect_err(|_| {
            self.with(|known| known.reserved.remove(username));
        })
    }

    /// The names that an account holds on the database server, and those that an operation under way has reserved for it.
    pub(crate) fn databases_of(&self, username: &Username) -> Vec<SqlName> {
        let own = |(name, holder): (&SqlName, &Username)| (holder == username).then(|| name.clone());
        self.with(|known| known.databases.iter().filter_map(own).collect())
    }

    /// Whether any account has something on the database server.
    pub(crate) fn has_databases(&self) -> bool {
        self.with(|known| !known.databases.is_empty())
    }

    /// How a name stands to an account, as far as what others hold now goes.
    pub(crate) fn standing(&self, username: &Username, domain: &DomainName) -> NameStanding {
        self.with(|known| standing(known, username, domain))
    }

    /// Whose a uid is.
    pub(crate) fn holder_of_uid(&self, uid: u32) -> Option<Username> {
        self.with(|known| known.accounts.values().find(|account| account.uid == uid).map(|account| account.username.clone()))
    }

    /// Reserves what an account would hold after an edit, besides what it holds now. [`Index::put`] then settles it, with the spec
    /// before the edit or the one after it. `below_foreign` lets a name lie above or below another account's.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] naming the field of the first name or port that somebody else holds; nothing is reserved then.
    pub(crate) fn reserve(&self, after: &AccountSpec, below_foreign: bool) -> Result<(), OperationError> {
        let username = &after.account.username;
        let listed: BTreeSet<&DomainName> = after.domains.names().map(|(name, _)| name).collect();
        self.with(|known| {
            for (name, _) in after.domains.claims() {
                if known.claims.get(&name) == Some(username) {
                    continue;
                }
                let field = if listed.contains(&name) { "domain" } else { "www" };
                claimable(known, username, &name, below_foreign).map_err(|e| e.field(field))?;
            }
            if let Some(port) = after.ports().into_iter().find(|port| known.ports.get(port).is_some_and(|holder| holder != username)) {
                let of_a_site = |settings: &SiteSettings| matches!(settings.proxy, Some(ProxyTarget::Port(p)) if p.get() == port);
                let field = if after.domains.sites().any(|(.., settings)| of_a_site(settings)) { "proxy.port" } else { "listen.port" };
                let message = format!("port {port} belongs to another account of this host");
                return Err(OperationError::new(ErrorCode::Conflict, message).field(field));
            }
            refuse_databases(known, after, below_foreign)?;
            known.take(after);
            Ok(())
        })
    }
}

impl Known {
    fn has_name(&self, username: &Username) -> bool {
        self.accounts.contains_key(username) || self.reserved.contains(username) || self.broken.contains(username)
    }

    /// Takes the names and ports of a spec.
    fn take(&mut self, spec: &AccountSpec) {
        let username = &spec.account.username;
        self.claims.extend(spec.domains.claims().into_iter().map(|(name, _)| (name, username.clone())));
        self.ports.extend(spec.ports().into_iter().map(|port| (port, username.clone())));
        self.databases.extend(names_of(spec).into_iter().map(|name| (name, username.clone())));
    }

    fn forget_claims(&mut self, username: &Username) {
        self.claims.retain(|_, holder| holder != username);
        self.ports.retain(|_, holder| holder != username);
        self.databases.retain(|_, holder| holder != username);
    }
}

/// Names on the database server are one account's; and none is taken that begins with the name of another account, for which it will be
/// looked. An account that had another name keeps what it holds, also where it is known by its files alone (`below_foreign`): they are read
/// in the order of their names.
fn refuse_databases(known: &Known, after: &AccountSpec, below_foreign: bool) -> Result<(), OperationError> {
    let username = &after.account.username;
    for name in names_of(after) {
        let holder = known.databases.get(&name);
        if holder == Some(username) {
            continue;
        }
        let prefix = name.prefix().parse::<Username>().ok().filter(|_| !below_foreign);
        let of_another = prefix.is_some_and(|prefix| prefix != *username && known.has_name(&prefix));
        if holder.is_some() || of_another {
            let message = format!("{name} belongs to another account of this host");
            return Err(OperationError::new(ErrorCode::Conflict, message).field("name"));
        }
    }
    Ok(())
}

/// A name is free when neither it, nor one above it, nor one below it is held by somebody else; the latter two do not count where
/// somebody has agreed to it (`below_foreign`), nor below a name that the account holds itself. The message never says by whom.
fn claimable(known: &Known, username: &Username, domain: &DomainName, below_foreign: bool) -> Result<(), OperationError> {
    let message = match standing(known, username, domain) {
        NameStanding::Held => format!("{domain} belongs to another account of this host"),
        NameStanding::Below if !below_foreign => format!("{domain} lies below a domain of another account"),
        NameStanding::Above if !below_foreign => format!("a name below {domain} belongs to another account"),
        NameStanding::Below | NameStanding::Above | NameStanding::Free | NameStanding::Resting => return Ok(()),
    };
    Err(OperationError::new(ErrorCode::Conflict, message))
}

fn standing(known: &Known, username: &Username, domain: &DomainName) -> NameStanding {
    if known.claims.get(domain).is_some_and(|holder| holder != username) {
        return NameStanding::Held;
    }
    let mut above = domain.as_str();
    while let Some((_, parent)) = above.split_once('.') {
        // A parent that is a public suffix does not parse, and nobody can hold it.
        match parent.parse::<DomainName>().ok().and_then(|parent| known.claims.get(&parent)) {
            Some(holder) if holder == username => break,
            Some(_) => return NameStanding::Below,
            None => above = parent,
        }
    }
    // Descendants end in ".domain" and are nowhere near it in order, so all claims are looked at: 5,000 of them take 0.1 ms.
    if known.claims.iter().any(|(name, holder)| holder != username && name.is_below(domain)) {
        return NameStanding::Above;
    }
    NameStanding::Free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Username {
        text.parse().unwrap()
    }
    fn domain(text: &str) -> DomainName {
        text.parse().unwrap()
    }

    #[test]
    fn a_domain_and_its_neighbours_above_and_below_have_one_holder() {
        let index = Index::default();
        index.reserve_account(&name("joko"), &domain("shop.example.com")).unwrap();
        for (taken, field) in
            [("shop.example.com", "primary_domain"), ("a.b.shop.example.com", "primary_domain"), ("example.com", "primary_domain")]
        {
            let error = index.reserve_account(&name("budi"), &domain(taken)).unwrap_err();
            assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Conflict, Some(field)), "{taken}");
        }
        assert!(index.reserve_account(&name("joko"), &domain("other.com")).is_err(), "a name being made is taken");
    }

    #[test]
    fn a_renamed_account_keeps_what_it_holds() {
        let index = Index::default();
        let joko = spec("joko", "joko.test", serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20001 } }));
        index.put(&joko);
        index.put(&spec("sari", "sari.test", serde_json::json!({})));
        assert_eq!(index.reserve_name(&name("sari")).unwrap_err().code, ErrorCode::Conflict);
        index.reserve_name(&name("budi")).unwrap();
        assert!(index.reserve_name(&name("budi")).is_err() && index.reserve_account(&name("budi"), &domain("b.test")).is_err());
        index.release_name(&name("budi"));
        index.reserve_name(&name("budi")).unwrap();
        let budi = nusantara_plan::rename::renamed(&joko, &name("budi")).unwrap();
        index.rename(&name("joko"), &budi);
        assert_eq!(index.names(), [name("budi"), name("sari")]);
        index.reserve(&budi, false).unwrap();
        let sari = spec("sari", "sari.test", serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20001 } }));
        assert!(refused(&index, &sari, false).is_some(), "the port is the same account's");
        index.reserve_account(&name("joko"), &domain("other.test")).unwrap();
    }

    fn spec(username: &str, primary: &str, settings: serde_json::Value) -> AccountSpec {
        let mut spec = crate::operations::spec::tests::spec_of(username, primary);
        spec.domains.primary.settings = serde_json::from_value(settings).unwrap();
        spec
    }

    fn refused(index: &Index, spec: &AccountSpec, below_foreign: bool) -> Option<String> {
        index.reserve(spec, below_foreign).err().map(|e| {
            assert_eq!(e.code, ErrorCode::Conflict);
            e.field.unwrap_or_default()
        })
    }

    #[test]
    fn an_edit_takes_names_and_ports_or_nothing() {
        let index = Index::default();
        index.put(&spec("joko", "joko.test", serde_json::json!({ "www": "both", "runtime": "proxy", "proxy": { "port": 20001 } })));
        let mut budi = spec("budi", "budi.test", serde_json::json!({}));
        index.put(&budi);
        let mut taken = budi.clone();
        taken.domains.alias_domains = vec![domain("new.test"), domain("www.joko.test")];
        assert_eq!(refused(&index, &taken, false).as_deref(), Some("domain"), "a name with www. is a name");
        assert_eq!(refused(&index, &taken, true).as_deref(), Some("domain"), "consent is never about the name itself");
        let mut port = budi.clone();
        port.domains.primary.settings =
            serde_json::from_value(serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20001 } })).unwrap();
        assert_eq!(refused(&index, &port, false).as_deref(), Some("proxy.port"));
        index.reserve_account(&name("sari"), &domain("new.test")).unwrap();

        let mut below = budi.clone();
        below.domains.alias_domains = vec![domain("x.joko.test")];
        assert_eq!(refused(&index, &below, false).as_deref(), Some("domain"));
        assert_eq!(refused(&index, &below, true), None);
        index.put(&below);
        budi = below;
        budi.domains.alias_domains.push(domain("y.x.joko.test"));
        assert_eq!(refused(&index, &budi, false), None, "below a name of its own it needs no further consent");
    }

    #[test]
    fn what_an_edit_reserved_is_given_back() {
        let index = Index::default();
        let before = spec("joko", "joko.test", serde_json::json!({}));
        index.put(&before);
        let after = spec("joko", "joko.test", serde_json::json!({ "www": "to_www", "runtime": "proxy", "proxy": { "port": 20001 } }));
        index.reserve(&after, false).unwrap();
        let budi = spec("budi", "budi.test", serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20001 } }));
        assert!(refused(&index, &budi, false).is_some());
        index.put(&before);
        assert_eq!(refused(&index, &budi, false), None);
        index.remove(&name("budi"));
        index.reserve(&after, false).unwrap();
    }
}
