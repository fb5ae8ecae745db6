//! Seals of the audit trail.

use super::columns::{count, table, text, time};
use super::{Ddl, Migration};
use sea_orm::DbBackend;

/// In the order they are applied.
pub(super) fn migrations() -> Vec<Migration> {
    vec![
        Migration { name: "0500_audit_seals", ddl: audit_seals },
        Migration { name: "0501_audit_seals_no_update", ddl: no_update },
        Migration { name: "0502_audit_seals_no_delete", ddl: no_delete },
    ]
}

fn audit_seals(db: DbBackend) -> Ddl {
    let columns =
        vec![count("id").primary_key().take(), text("hash", 64), time(db, "sealed_at"), text("signing_key", 64), text("signature", 128)];
    Ddl::Table(Box::new(table(db, "audit_seals", columns)))
}

fn no_update(db: DbBackend) -> Ddl {
    Ddl::Raw(match db {
        DbBackend::Sqlite => {
            "create trigger if not exists audit_seals_no_update before update on audit_seals \
             begin select raise(abort, 'seals of the audit trail are append-only'); end"
        }
        DbBackend::MySql => {
            "create trigger if not exists audit_seals_no_update before update on audit_seals for each row \
             signal sqlstate '45000' set message_text = 'seals of the audit trail are append-only'"
        }
        _ => {
            "create or replace trigger audit_seals_no_update before update on audit_seals \
             for each statement execute function audit_logs_refuse()"
        }
    })
}

fn no_delete(db: DbBackend) -> Ddl {
    Ddl::Raw(match db {
        DbBackend::Sqlite => {
            "create trigger if not exists audit_seals_no_delete before delete on audit_seals \
             begin select raise(abort, 'seals of the audit trail are append-only'); end"
        }
        DbBackend::MySql => {
            "create trigger if not exists audit_seals_no_delete before delete on audit_seals for each row \
             signal sqlstate '45000' set message_text = 'seals of the audit trail are append-only'"
        }
        _ => {
            "create or replace trigger audit_seals_no_delete before delete on audit_seals \
             for each statement execute function audit_logs_refuse()"
        }
    })
}
