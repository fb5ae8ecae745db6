//! Passkeys, and what is asked of them.

use super::columns::{count, id, index, long_text, optional, table, text, time, unique};
use super::{Ddl, Migration};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    vec![
        Migration { name: "0600_passkeys", ddl: passkeys },
        Migration { name: "0601_passkeys_credential", ddl: |_| Ddl::Index(Box::new(unique("passkeys", "credential_hash"))) },
        Migration { name: "0602_passkeys_user", ddl: |_| Ddl::Index(Box::new(index("passkeys", &["user_id"]))) },
        Migration { name: "0603_passkey_attempts", ddl: passkey_attempts },
        Migration { name: "0604_passkey_attempts_bound", ddl: |_| Ddl::Index(Box::new(index("passkey_attempts", &["bound_to"]))) },
    ]
}

/// `credential` is the public key with what belongs to it, as JSON; nothing in it is secret. `credential_hash` finds it by the name
/// that the device gave it, which may be longer than an index takes.
fn passkeys(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        id("user_id"),
        text("name", 64),
        text("credential_hash", 64),
        long_text("credential"),
        count("sign_count"),
        time(db, "created_at"),
        optional(time(db, "last_used_at")),
    ];
    let mut table = table(db, "passkeys", columns);
    table.foreign_key(
        ForeignKey::create().name("fk_passkeys_user").from("passkeys", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}

/// `bound_to` is a session, or the network that a login is tried from.
fn passkey_attempts(db: DbBackend) -> Ddl {
    let columns = vec![
        text("token_hash", 64).primary_key().take(),
        text("purpose", 16),
        text("bound_to", 64),
        long_text("state"),
        time(db, "expires_at"),
    ];
    Ddl::Table(Box::new(table(db, "passkey_attempts", columns)))
}
