//! Names that accounts gave up lately. Whose DNS still leads here must not find another account's site there, so for some weeks no
//! other account gets such a name, unless an administrator agrees (SECURITY R30). One file; it outlives the accounts.

use super::{Folders, host_failed};
use nusantara_host::replace::{self, Access};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DomainName, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// A name's last holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Left {
    /// Whose it was. Uids are never used twice.
    uid: u32,
    /// When it was given up.
    at: Timestamp,
}

/// The names.
#[derive(Debug)]
pub(crate) struct Released {
    file: PathBuf,
    /// For how long they are kept.
    kept: chrono::TimeDelta,
    names: Mutex<BTreeMap<DomainName, Left>>,
    /// One writer at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Released {
    /// Reads the file; none means that no name was given up yet.
    ///
    /// # Errors
    /// A sentence that names the file, when it cannot be used.
    pub(crate) fn load(folders: &Folders, days: u16) -> Result<Self, String> {
        let file = folders.state.join("released.json");
        let names = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", file.display()))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(format!("{}: {e}", file.display())),
        };
        let kept = chrono::TimeDelta::days(days.into());
        Ok(Self { file, kept, names: Mutex::new(names), turn: tokio::sync::Mutex::default() })
    }

    /// Whether another account than the one with `uid` gave the name up lately.
    pub(crate) fn rests(&self, name: &DomainName, uid: u32, now: Timestamp) -> bool {
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(name).is_some_and(|left| left.uid != uid && now < left.at + self.kept)
    }

    fn names(&self) -> BTreeMap<DomainName, Left> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses a spec that takes a name which another account gave up lately. `before` is what the account held already.
    ///
    /// # Errors
    /// [`ErrorCode::Conflict`] naming the field, the name and the day from which on it is free.
    pub(crate) fn refuse(&self, before: &AccountSpec, after: &AccountSpec, now: Timestamp) -> Result<(), OperationError> {
        self.refuse_beside(&claims(before), after, now)
    }

    /// The same for an account that is new.
    ///
    /// # Errors
    /// As for [`Released::refuse`].
    pub(crate) fn refuse_new(&self, spec: &AccountSpec, now: Timestamp) -> Result<(), OperationError> {
        self.refuse_beside(&BTreeSet::new(), spec, now)
    }

    fn refuse_beside(&self, held: &BTreeSet<DomainName>, after: &AccountSpec, now: Timestamp) -> Result<(), OperationError> {
        let listed: BTreeSet<&DomainName> = after.domains.names().map(|(name, _)| name).collect();
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        for name in claims(after).difference(held) {
            let Some(left) = names.get(name).filter(|left| left.uid != after.account.uid) else { continue };
            let free = left.at + self.kept;
            if now < free {
                let until = free.format("%Y-%m-%d");
                let message = format!(
                    "{name} belonged to another account of this host until lately; it is free on {until}, or when an administrator allows it"
                );
                let field = if listed.contains(name) { "domain" } else { "www" };
                return Err(OperationError::new(ErrorCode::Conflict, message).field(field));
            }
        }
        Ok(())
    }

    /// Takes note of what an account has no more: the names of `before` that `after` has not.
    ///
    /// # Errors
    /// When it cannot be written down. The names must not be given to anybody else then.
    pub(crate) async fn note(&self, before: &AccountSpec, after: Option<&AccountSpec>, now: Timestamp) -> Result<(), OperationError> {
        let still = after.map(claims).unwrap_or_default();
        let gone: Vec<DomainName> = claims(before).difference(&still).cloned().collect();
        if gone.is_empty() || self.kept.is_zero() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        let mut names = self.names();
        names.retain(|_, left| now < left.at + self.kept);
        names.extend(gone.into_iter().map(|name| (name, Left { uid: before.account.uid, at: now })));
        let bytes = serde_json::to_vec(&names).unwrap_or_default();
        replace::write(self.file.clone(), bytes, Access::SECRET).await.map_err(|e| host_failed(&e))?;
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = names;
        Ok(())
    }
}

fn claims(spec: &AccountSpec) -> BTreeSet<DomainName> {
    spec.domains.claims().into_iter().map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    fn at(day: u32) -> Timestamp {
        format!("2026-11-{day:02}T12:00:00Z").parse().unwrap()
    }

    #[tokio::test]
    async fn a_name_that_was_given_up_rests_before_another_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let mut joko = spec_of("joko", "joko.test");
        let without = joko.clone();
        joko.domains.alias_domains = vec!["old.test".parse().unwrap()];
        joko.domains.primary.settings.www = nusantara_types::sites::Www::Both;
        let released = Released::load(&folders, 10).unwrap();
        released.note(&joko, Some(&without), at(1)).await.unwrap();

        let mut budi = spec_of("budi", "budi.test");
        budi.account.uid = 12_001;
        let mut wants = budi.clone();
        wants.domains.alias_domains = vec!["old.test".parse().unwrap()];
        // Kept across a restart of the daemon.
        let released = Released::load(&folders, 10).unwrap();
        let error = released.refuse(&budi, &wants, at(10)).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Conflict, Some("domain")));
        assert!(error.message.contains("old.test") && error.message.contains("2026-11-11"), "{error}");
        assert_eq!(released.refuse(&budi, &wants, at(12)), Ok(()), "it has rested");
        assert_eq!(released.refuse(&wants, &wants, at(2)), Ok(()), "what it has already it keeps");
        assert_eq!(released.refuse(&without, &joko, at(2)), Ok(()), "who gave it up may take it back");
        let mut www = budi.clone();
        www.domains.alias_domains = vec!["www.joko.test".parse().unwrap()];
        assert!(released.refuse(&budi, &www, at(2)).is_err(), "a name with www. is a name");
        released.note(&joko, None, at(20)).await.unwrap();
        let mut all = budi.clone();
        all.domains.alias_domains = vec!["joko.test".parse().unwrap()];
        assert!(released.refuse(&budi, &all, at(21)).is_err(), "also those of an account that is gone");
        let off = Released::load(&Folders { state: tempfile::tempdir().unwrap().path().into(), ..folders }, 0).unwrap();
        off.note(&joko, None, at(1)).await.unwrap();
        assert_eq!(off.refuse(&budi, &all, at(1)), Ok(()));
    }
}
