//! Leases by name: what only one of the processes that share a database does.

use crate::db::{Store, micros};
use crate::error::StoreError;
use crate::rows::leases::{ActiveModel, Column, Entity};
use nusantara_types::{Clock, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, SqlErr, Statement};

impl Store {
    /// The time by the clock that all who share the database have in common: the database's own. Where it is a file of this process
    /// alone, `clock` is that.
    ///
    /// # Errors
    /// What the database says.
    pub async fn time(&self, clock: &dyn Clock) -> Result<Timestamp, StoreError> {
        let backend = self.writer.get_database_backend();
        let sql = match backend {
            DbBackend::Postgres => "select clock_timestamp() as now",
            DbBackend::MySql => "select utc_timestamp(6) as now",
            _ => return Ok(clock.now()),
        };
        let row = self.writer.query_one_raw(Statement::from_string(backend, sql)).await?;
        let now = row.map(|row| row.try_get::<Timestamp>("", "now")).transpose()?;
        now.ok_or_else(|| StoreError::Corrupt { what: "time", why: "the database does not say what time it is".to_owned() })
    }

    /// Takes or extends a lease; whether `holder` has it until `until` now.
    ///
    /// # Errors
    /// What the database says.
    pub async fn lease_take(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let (now, until) = (micros(now), micros(until));
        let free = Condition::any().add(Column::Holder.eq(holder)).add(Column::Until.lt(now));
        let take = Entity::update_many()
            .col_expr(Column::Holder, Expr::value(holder))
            .col_expr(Column::Until, Expr::value(until))
            .filter(Column::Name.eq(name))
            .filter(free);
        if take.exec(&self.writer).await?.rows_affected == 1 {
            return Ok(true);
        }
        let row = ActiveModel { name: Set(name.to_owned()), holder: Set(holder.to_owned()), until: Set(until) };
        match Entity::insert(row).exec_without_returning(&self.writer).await {
            Ok(_) => Ok(true),
            Err(e) if matches!(e.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Gives back every lease of whoever's name starts with `family`: at the start of a process, those of the one before it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn lease_release(&self, family: &str) -> Result<(), StoreError> {
        Entity::delete_many().filter(Column::Holder.starts_with(family)).exec(&self.writer).await?;
        Ok(())
    }
}
