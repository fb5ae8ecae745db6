//! The first schema: logins, the index over accounts and sites, jobs, the audit chain.

use super::columns::{count, id, index, long_text, number, optional, table, text, time, unique};
use super::{Ddl, Migration};
use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

type Create = fn(DbBackend) -> Ddl;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    let all: [(&'static str, Create); 28] = [
        ("0001_users", users),
        ("0002_users_username", |_| Ddl::Index(Box::new(unique("users", "username")))),
        ("0003_sessions", sessions),
        ("0004_sessions_token", |_| Ddl::Index(Box::new(unique("sessions", "token_hash")))),
        ("0005_sessions_expiry", |_| Ddl::Index(Box::new(index("sessions", &["expires_at"])))),
        ("0006_accounts", accounts),
        ("0007_accounts_owner", |_| Ddl::Index(Box::new(index("accounts", &["owner_id", "username"])))),
        ("0008_sites", sites),
        ("0009_sites_domain", |_| Ddl::Index(Box::new(unique("sites", "domain")))),
        ("0010_sites_account", |_| Ddl::Index(Box::new(index("sites", &["account", "domain"])))),
        ("0011_jobs", jobs),
        ("0012_jobs_request", |_| Ddl::Index(Box::new(unique("jobs", "request_id")))),
        ("0013_jobs_claim", |_| Ddl::Index(Box::new(unique("jobs", "claim_key")))),
        ("0014_jobs_due", |_| Ddl::Index(Box::new(index("jobs", &["state", "run_after"])))),
        ("0015_jobs_account", |_| Ddl::Index(Box::new(index("jobs", &["account", "state"])))),
        ("0016_job_steps", job_steps),
        ("0017_audit_logs", audit_logs),
        ("0018_audit_actor", |_| Ddl::Index(Box::new(index("audit_logs", &["actor", "id"])))),
        ("0019_audit_target", |_| Ddl::Index(Box::new(index("audit_logs", &["target_id", "id"])))),
        ("0020_audit_head", audit_head),
        ("0021_audit_head_row", |_| Ddl::Raw("insert into audit_head (id, last_id, last_hash) values (1, 0, '')")),
        ("0022_audit_no_update", no_update),
        ("0023_audit_no_delete", no_delete),
        ("0024_audit_no_truncate", no_truncate),
        ("0025_settings", settings),
        ("0026_idempotency_keys", idempotency_keys),
        ("0027_idempotency_age", |_| Ddl::Index(Box::new(index("idempotency_keys", &["created_at"])))),
        ("0028_login_attempts", login_attempts),
    ];
    all.into_iter().map(|(name, ddl)| Migration { name, ddl }).collect()
}

fn users(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        text("username", 64),
        text("password_hash", 255),
        text("role", 16),
        time(db, "created_at"),
        time(db, "updated_at"),
        optional(time(db, "last_login_at")),
        count("generation"),
    ];
    Ddl::Table(Box::new(table(db, "users", columns)))
}

fn sessions(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        id("user_id"),
        text("token_hash", 64),
        time(db, "created_at"),
        time(db, "last_seen_at"),
        time(db, "expires_at"),
        text("address", 45),
        text("user_agent", 200),
    ];
    let mut table = table(db, "sessions", columns);
    table.foreign_key(
        ForeignKey::create().name("fk_sessions_user").from("sessions", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}

fn accounts(db: DbBackend) -> Ddl {
    let columns = vec![
        text("username", 16).primary_key().take(),
        optional(id("owner_id")),
        optional(number("uid")),
        text("primary_domain", 253),
        text("package", 32),
        text("status", 16),
        optional(text("contact_email", 254)),
        optional(text("revision", 71)),
        optional(id("job_id")),
        text("created_by", 64),
        time(db, "created_at"),
        time(db, "updated_at"),
        count("generation"),
    ];
    let mut table = table(db, "accounts", columns);
    table.foreign_key(
        ForeignKey::create().name("fk_accounts_owner").from("accounts", "owner_id").to("users", "id").on_delete(ForeignKeyAction::SetNull),
    );
    Ddl::Table(Box::new(table))
}

fn sites(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        text("account", 16),
        text("domain", 253),
        text("kind", 16),
        text("root_path", 512),
        text("runtime", 16),
        optional(text("php_version", 8)),
        text("status", 16),
        optional(id("job_id")),
        text("created_by", 64),
        time(db, "created_at"),
        time(db, "updated_at"),
        count("generation"),
    ];
    let mut table = table(db, "sites", columns);
    table.foreign_key(
        ForeignKey::create()
            .name("fk_sites_account")
            .from("sites", "account")
            .to("accounts", "username")
            .on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}

fn jobs(db: DbBackend) -> Ddl {
    let columns = vec![
        id("id").primary_key().take(),
        text("kind", 32),
        text("state", 16),
        text("target_type", 16),
        text("target", 253),
        optional(text("account", 16)),
        text("created_by", 64),
        id("request_id"),
        long_text("payload"),
        number("attempts"),
        time(db, "run_after"),
        optional(text("lease_owner", 160)),
        optional(time(db, "lease_until")),
        // The account while the job runs, else empty: its uniqueness is what holds an account to one running job, on every
        // database and across processes.
        optional(text("claim_key", 64)),
        time(db, "created_at"),
        optional(time(db, "started_at")),
        optional(time(db, "finished_at")),
        optional(text("error_code", 64)),
        optional(long_text("error_message")),
        optional(long_text("error_detail")),
        count("generation"),
    ];
    Ddl::Table(Box::new(table(db, "jobs", columns)))
}

fn job_steps(db: DbBackend) -> Ddl {
    let columns = vec![
        id("job_id"),
        number("position"),
        text("name", 64),
        long_text("summary"),
        text("state", 16),
        optional(long_text("message")),
        optional(time(db, "started_at")),
        optional(time(db, "finished_at")),
    ];
    let mut table = table(db, "job_steps", columns);
    table.primary_key(Index::create().col("job_id").col("position"));
    table.foreign_key(
        ForeignKey::create().name("fk_job_steps_job").from("job_steps", "job_id").to("jobs", "id").on_delete(ForeignKeyAction::Cascade),
    );
    Ddl::Table(Box::new(table))
}

fn audit_logs(db: DbBackend) -> Ddl {
    let columns = vec![
        count("id").primary_key().take(),
        text("actor", 64),
        text("action", 64),
        text("phase", 16),
        text("target_type", 32),
        text("target_id", 253),
        text("request_id", 64),
        long_text("metadata"),
        time(db, "created_at"),
        text("prev_hash", 64),
        text("hash", 64),
    ];
    Ddl::Table(Box::new(table(db, "audit_logs", columns)))
}

fn audit_head(db: DbBackend) -> Ddl {
    Ddl::Table(Box::new(table(db, "audit_head", vec![number("id").primary_key().take(), count("last_id"), text("last_hash", 64)])))
}

fn no_update(db: DbBackend) -> Ddl {
    Ddl::Raw(match db {
        DbBackend::Sqlite => {
            "create trigger if not exists audit_logs_no_update before update on audit_logs \
             begin select raise(abort, 'the audit trail is append-only'); end"
        }
        DbBackend::MySql => {
            "create trigger if not exists audit_logs_no_update before update on audit_logs for each row \
             signal sqlstate '45000' set message_text = 'the audit trail is append-only'"
        }
        _ => {
            "create or replace function audit_logs_refuse() returns trigger language plpgsql as \
             $$ begin raise exception 'the audit trail is append-only'; end $$; \
             create or replace trigger audit_logs_no_update before update on audit_logs \
             for each statement execute function audit_logs_refuse()"
        }
    })
}

fn no_delete(db: DbBackend) -> Ddl {
    Ddl::Raw(match db {
        DbBackend::Sqlite => {
            "create trigger if not exists audit_logs_no_delete before delete on audit_logs \
             begin select raise(abort, 'the audit trail is append-only'); end"
        }
        DbBackend::MySql => {
            "create trigger if not exists audit_logs_no_delete before delete on audit_logs for each row \
             signal sqlstate '45000' set message_text = 'the audit trail is append-only'"
        }
        _ => {
            "create or replace trigger audit_logs_no_delete before delete on audit_logs \
             for each statement execute function audit_logs_refuse()"
        }
    })
}

/// Only PostgreSQL can hold this one with a trigger; SQLite has no `truncate`, and on MariaDB it needs the `drop` right.
fn no_truncate(db: DbBackend) -> Ddl {
    Ddl::Raw(match db {
        DbBackend::Postgres => {
            "create or replace trigger audit_logs_no_truncate before truncate on audit_logs \
             for each statement execute function audit_logs_refuse()"
        }
        _ => "select 1",
    })
}

fn settings(db: DbBackend) -> Ddl {
    Ddl::Table(Box::new(table(db, "settings", vec![text("name", 64).primary_key().take(), long_text("value"), time(db, "updated_at")])))
}

fn idempotency_keys(db: DbBackend) -> Ddl {
    let columns = vec![
        text("key_hash", 64).primary_key().take(),
        text("body_hash", 64),
        number("status"),
        long_text("response"),
        time(db, "created_at"),
    ];
    Ddl::Table(Box::new(table(db, "idempotency_keys", columns)))
}

fn login_attempts(db: DbBackend) -> Ddl {
    let columns =
        vec![text("bucket", 128).primary_key().take(), number("failures"), optional(time(db, "blocked_until")), time(db, "last_at")];
    Ddl::Table(Box::new(table(db, "login_attempts", columns)))
}
