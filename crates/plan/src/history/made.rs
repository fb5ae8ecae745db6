//! An account out of another one's spec.

use nusantara_types::{Account, AccountSpec, Login, Meta, Timestamp, Username};

/// The spec of an account that is made from a document. Who it is comes from this host alone: its uid, its home, its age. One that
/// was suspended stays so; but nobody knows its password here.
#[must_use]
pub fn made_from(document: &AccountSpec, username: &Username, uid: u32, now: Timestamp) -> AccountSpec {
    let mut spec = document.clone();
    spec.account = Account {
        username: username.clone(),
        uid,
        gid: uid,
        home_dir: format!("/home/{username}"),
        created_at: now,
        updated_at: now,
        last_login_ip: None,
        last_login_at: None,
        ..spec.account
    };
    if let Some(suspension) = &mut spec.account.suspension {
        suspension.login = Login::FRESH;
    }
    spec.services.php.fpm_pool = username.clone();
    spec.meta = Meta { notes: spec.meta.notes, ..Meta::default() };
    spec
}
