//! What a role comes to: built in, or made here.

use super::permission::{BuiltIn, Rights};
use nusantara_store::{RoleRecord, Sees, Store, StoreError, Tx};
use nusantara_types::RoleName;

/// What somebody may do, and whose objects that is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Power {
    pub(crate) rights: Rights,
    /// Only objects of accounts that the login has a part in.
    pub(crate) own_only: bool,
}

impl Power {
    /// Nothing at all.
    const NONE: Self = Self { rights: Rights::NONE, own_only: true };

    /// Of a built-in role.
    pub(crate) fn built_in(role: BuiltIn) -> Self {
        Self { rights: role.rights(), own_only: role == BuiltIn::User }
    }

    /// Of a role that was made here. One that is about own accounts never reaches what is about all.
    pub(crate) fn made(role: &RoleRecord) -> Self {
        let (rights, own_only) = (Rights::named(&role.permissions), role.sees == Sees::Own);
        Self { rights: if own_only { rights.and(BuiltIn::User.rights()) } else { rights }, own_only }
    }

    /// Whether somebody with this much may give, or take from, somebody with that much.
    pub(crate) fn covers(self, other: Self) -> bool {
        other.rights.within(self.rights) && (other.own_only || !self.own_only)
    }
}

/// What a role comes to. One that is not there comes to nothing.
pub(crate) async fn power(store: &Store, role: &RoleName) -> Result<Power, StoreError> {
    match BuiltIn::named(role.as_str()) {
        Some(role) => Ok(Power::built_in(role)),
        None => Ok(store.role_get(role).await?.map_or(Power::NONE, |role| Power::made(&role))),
    }
}

/// The same within a transaction; none when there is no such role.
pub(crate) async fn power_tx(tx: &Tx, role: &RoleName) -> Result<Option<Power>, StoreError> {
    match BuiltIn::named(role.as_str()) {
        Some(role) => Ok(Some(Power::built_in(role))),
        None => Ok(tx.role_get(role).await?.map(|role| Power::made(&role))),
    }
}
