//! The accounts of this host in memory, and who holds which domain. hostd is the only writer of the spec files, so this is read
//! once at start and kept; claims are checked and taken under one lock (SECURITY R8, R30).

use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountSummary, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DomainName, Username};
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
            known.claims.retain(|_, holder| holder != &summary.username);
            known.ports.retain(|_, holder| holder != &summary.username);
            for domain in &summary.domains {
                known.claims.insert(domain.domain.clone(), summary.username.clone());
            }
            known.ports.extend(spec.ports().into_iter().map(|port| (port, summary.username.clone())));
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
            known.claims.retain(|_, holder| holder != username);
            known.ports.retain(|_, holder| holder != username);
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
            if known.accounts.contains_key(username) || known.reserved.contains(username) || known.broken.contains(username) {
                return Err(OperationError::new(ErrorCode::Conflict, format!("the account {username} exists already")).field("username"));
            }
            claimable(known, username, domain).map_err(|e| e.field("primary_domain"))?;
            known.reserved.insert(username.clone());
            known.claims.insert(domain.clone(), username.clone());
            Ok(())
        })
    }

    /// Reserves a further domain for an account.
    pub(crate) fn reserve_domain(&self, username: &Username, domain: &DomainName) -> Result<(), OperationError> {
        self.with(|known| {
            if known.claims.get(domain) == Some(username) {
                return Err(
                    OperationError::new(ErrorCode::Conflict, format!("{domain} is a domain of this account already")).field("domain")
                );
            }
            claimable(known, username, domain).map_err(|e| e.field("domain"))?;
            known.claims.insert(domain.clone(), username.clone());
            Ok(())
        })
    }

    /// Reserves the ports an account would hold after an edit, besides those it holds now. [`Index::put`] then settles it, with the
    /// spec before the edit or the one after it.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] when somebody else holds one; nothing is reserved then.
    pub(crate) fn reserve_ports(&self, after: &AccountSpec) -> Result<(), OperationError> {
        let username = &after.account.username;
        self.with(|known| {
            if let Some(port) = after.ports().into_iter().find(|port| known.ports.get(port).is_some_and(|holder| holder != username)) {
                let message = format!("port {port} belongs to another account of this host");
                return Err(OperationError::new(ErrorCode::Conflict, message).field("listen.port"));
            }
            known.ports.extend(after.ports().into_iter().map(|port| (port, username.clone())));
            Ok(())
        })
    }

    /// Gives a reserved domain back.
    pub(crate) fn release_domain(&self, username: &Username, domain: &DomainName) {
        self.with(|known| {
            if known.claims.get(domain) == Some(username) {
                known.claims.remove(domain);
            }
        });
    }
}

/// A name is free when neither it, nor one above it, nor one below it is held by somebody else. The message never says by whom.
fn claimable(known: &Known, username: &Username, domain: &DomainName) -> Result<(), OperationError> {
    let conflict = |message: String| Err(OperationError::new(ErrorCode::Conflict, message));
    let foreign = |name: &DomainName| known.claims.get(name).is_some_and(|holder| holder != username);
    if foreign(domain) {
        return conflict(format!("{domain} belongs to another account of this host"));
    }
    let mut above = domain.as_str();
    while let Some((_, parent)) = above.split_once('.') {
        // A parent that is a public suffix does not parse, and nobody can hold it.
        if parent.parse().is_ok_and(|parent| foreign(&parent)) {
            return conflict(format!("{domain} lies below a domain of another account"));
        }
        above = parent;
    }
    // Descendants end in ".domain" and are nowhere near it in order, so all claims are looked at: 5,000 of them take 0.1 ms.
    if known.claims.iter().any(|(name, holder)| holder != username && name.is_below(domain)) {
        return conflict(format!("a name below {domain} belongs to another account"));
    }
    Ok(())
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
        index.reserve_domain(&name("joko"), &domain("example.com")).unwrap();
        index.reserve_account(&name("budi"), &domain("myexample.com")).unwrap();
        assert!(index.reserve_domain(&name("joko"), &domain("example.com")).is_err(), "held already");
        index.release_domain(&name("budi"), &domain("example.com"));
        assert!(index.reserve_domain(&name("budi"), &domain("example.com")).is_err(), "others cannot release it");
        index.remove(&name("joko"));
        index.reserve_domain(&name("budi"), &domain("example.com")).unwrap();
    }
}
