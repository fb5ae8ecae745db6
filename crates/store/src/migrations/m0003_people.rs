//! People: what a login may do and where, how it proves who it is, and how it is let back in.

use super::columns::{add, count, id, index, long_text, optional, table, text, time, unique};
use super::{Ddl, Migration};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

type Create = fn(DbBackend) -> Ddl;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    let all: [(&'static str, Create); 18] = [
        ("0031_users_email", |db| add(db, "users", optional(text("email", 254)))),
        ("0032_users_disabled", |db| add(db, "users", optional(time(db, "disabled_at")))),
        ("0033_sessions_verified", |db| add(db, "sessions", optional(time(db, "verified_at")))),
        ("0034_sessions_viewing", |db| add(db, "sessions", optional(id("viewing_id")))),
        ("0035_sessions_viewing_until", |db| add(db, "sessions", optional(time(db, "viewing_until")))),
        ("0036_sessions_user", |_| Ddl::Index(Box::new(index("sessions", &["user_id"])))),
        ("0037_roles", roles),
        ("0038_account_grants", account_grants),
        ("0039_account_grants_user", |_| Ddl::Index(Box::new(index("account_grants", &["user_id", "permission", "account"])))),
        ("0040_account_grants_owners", |_| Ddl::Raw(OWNERS)),
        ("0041_login_links", login_links),
        ("0042_login_links_token", |_| Ddl::Index(Box::new(unique("login_links", "token_hash")))),
        ("0043_api_tokens", api_tokens),
        ("0044_api_tokens_token", |_| Ddl::Index(Box::new(unique("api_tokens", "token_hash")))),
        ("0045_api_tokens_user", |_| Ddl::Index(Box::new(index("api_tokens", &["user_id"])))),
        ("0046_totp_secrets", totp_secrets),
        ("0047_recovery_codes", recovery_codes),
        ("0048_known_devices", known_devices),
    ];
    all.into_iter().map(|(name, ddl)| Migration { name, ddl }).collect()
}

/// The one owner that an account could have before becomes one of its owners.
const OWNERS: &str = "insert into account_grants (account, user_id, permission, created_by, created_at) \
                      select username, owner_id, '*', created_by, created_at from accounts where owner_id is not null";

fn of_user(table: &mut TableCreateStatement, name: &'static str) {
    table.foreign_key(
        ForeignKey::create().name(format!("fk_{name}_user")).from(name, "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade),
    );
}

/// `sees`: all objects, or only those of accounts that the login has a part in. `permissions` is a JSON array.
fn roles(db: DbBackend) -> Ddl {
    let columns = vec![
        text("name", 16).primary_key().take(),
        text("sees", 8),
        long_text("permissions"),
        time(db, "created_at"),
        time(db, "updated_at"),
    ];
    Ddl::Table(Box::new(table(db, "roles", columns)))
}

/// Who may do what in one account, one permission a row; `*` is an owner. Gone with the account and with the login.
fn account_grants(db: DbBackend) -> Ddl {
    let columns = vec![text("account", 16), id("user_id"), text("permission", 32), text("created_by", 64), time(db, "created_at")];
    let mut table = table(db, "account_grants", columns);
    table.primary_key(Index::create().col("account").col("user_id").col("permission"));
    table.foreign_key(
        ForeignKey::create()
            .name("fk_account_grants_account")
            .from("account_grants", "account")
            .to("accounts", "username")
            .on_update(ForeignKeyAction::Cascade)
            .on_delete(ForeignKeyAction::Cascade),
    );
    of_user(&mut table, "account_grants");
    Ddl::Table(Box::new(table))
}

/// A link by which a password is set; a login has at most one.
fn login_links(db: DbBackend) -> Ddl {
    let columns = vec![
        id("user_id").primary_key().take(),
        text("token_hash", 64),
        text("created_by", 64),
        time(db, "created_at"),
        time(db, "expires_at"),
    ];
    let mut table = table(db, "login_links", columns);
    of_user(&mut table, "login_links");
    Ddl::Table(Box::new(table))
}

/// `permissions` and `networks` are JSON arrays.
fn api_tokens(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        id("user_id"),
        text("name", 64),
        text("token_hash", 64),
        long_text("permissions"),
        long_text("networks"),
        time(db, "created_at"),
        optional(time(db, "expires_at")),
        optional(time(db, "last_used_at")),
        optional(text("last_used_address", 45)),
    ];
    let mut table = table(db, "api_tokens", columns);
    of_user(&mut table, "api_tokens");
    Ddl::Table(Box::new(table))
}

/// `secret` is encrypted; `last_step` is the last code's place in time, because a code works once.
fn totp_secrets(db: DbBackend) -> Ddl {
    let columns = vec![
        id("user_id").primary_key().take(),
        long_text("secret"),
        optional(time(db, "confirmed_at")),
        count("last_step"),
        time(db, "created_at"),
    ];
    let mut table = table(db, "totp_secrets", columns);
    of_user(&mut table, "totp_secrets");
    Ddl::Table(Box::new(table))
}

fn recovery_codes(db: DbBackend) -> Ddl {
    let mut table = table(db, "recovery_codes", vec![id("user_id"), text("code_hash", 64)]);
    table.primary_key(Index::create().col("user_id").col("code_hash"));
    of_user(&mut table, "recovery_codes");
    Ddl::Table(Box::new(table))
}

/// Browsers that a login was seen in: strangers' failures do not slow them down.
fn known_devices(db: DbBackend) -> Ddl {
    let columns = vec![text("token_hash", 64).primary_key().take(), id("user_id"), time(db, "last_used_at")];
    let mut table = table(db, "known_devices", columns);
    of_user(&mut table, "known_devices");
    Ddl::Table(Box::new(table))
}
