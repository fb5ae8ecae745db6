//! What the tables are made of, told from the entities, and their rows in a form that is the same on every database.

use crate::error::StoreError;
use crate::rows;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ColumnTrait, ColumnType, ConnectionTrait, EntityTrait, IdenStatic, Iterable, QueryResult, Value};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

type Time = chrono::DateTime<chrono::Utc>;

/// How many values one statement may bring, well below what the databases allow.
const VALUES: usize = 4_000;

/// A row as JSON values in the order of the table's columns: ids and times as text, bytes in hex.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct PortableRow(Vec<Json>);

impl PortableRow {
    /// SHA-256 over the row.
    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(Json::Array(self.0.clone()).to_string()).into()
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Id,
    Text,
    Number,
    Count,
    Flag,
    Time,
    Bytes,
}

impl Kind {
    fn of(column: &ColumnType) -> Option<Self> {
        match column {
            ColumnType::Uuid => Some(Self::Id),
            ColumnType::String(_) | ColumnType::Text => Some(Self::Text),
            ColumnType::Integer => Some(Self::Number),
            ColumnType::BigInteger => Some(Self::Count),
            ColumnType::Boolean => Some(Self::Flag),
            ColumnType::TimestampWithTimeZone => Some(Self::Time),
            ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => Some(Self::Bytes),
            _ => None,
        }
    }

    fn read(self, row: &QueryResult, name: &str) -> Result<Json, StoreError> {
        Ok(match self {
            Self::Id => row.try_get::<Option<Uuid>>("", name)?.map(|id| id.to_string()).into(),
            Self::Text => row.try_get::<Option<String>>("", name)?.into(),
            Self::Number => row.try_get::<Option<i32>>("", name)?.into(),
            Self::Count => row.try_get::<Option<i64>>("", name)?.into(),
            Self::Flag => row.try_get::<Option<bool>>("", name)?.into(),
            Self::Time => row.try_get::<Option<Time>>("", name)?.map(text_of).into(),
            Self::Bytes => row.try_get::<Option<Vec<u8>>>("", name)?.map(hex::encode).into(),
        })
    }

    /// None for what such a column cannot hold.
    fn write(self, value: &Json) -> Option<Value> {
        let is_null = value.is_null();
        let text = || value.as_str();
        let there = |found: bool| (found || is_null).then_some(());
        Some(match self {
            Self::Id => {
                let id = text().and_then(|text| text.parse::<Uuid>().ok());
                there(id.is_some())?;
                id.into()
            }
            Self::Text => {
                there(text().is_some())?;
                text().map(str::to_owned).into()
            }
            Self::Number => {
                let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
                there(number.is_some())?;
                number.into()
            }
            Self::Count => {
                there(value.as_i64().is_some())?;
                value.as_i64().into()
            }
            Self::Flag => {
                there(value.as_bool().is_some())?;
                value.as_bool().into()
            }
            Self::Time => {
                let time = text().and_then(|text| text.parse::<Time>().ok());
                there(time.is_some())?;
                time.into()
            }
            Self::Bytes => {
                let bytes = text().and_then(|text| hex::decode(text).ok());
                there(bytes.is_some())?;
                bytes.into()
            }
        })
    }
}

fn text_of(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) name: &'static str,
    /// None for one of a kind that nothing here knows; a test sees that there is none.
    pub(super) kind: Option<Kind>,
    /// Whether it may be empty.
    pub(super) optional: bool,
}

/// One of the tables that hold what a panel knows.
#[derive(Debug, Clone)]
pub struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// Places of the columns that tell its rows apart.
    key: Vec<usize>,
}

/// Every table; one that refers to another comes behind it.
pub(super) fn all() -> Vec<Table> {
    macro_rules! tables {
        ($($name:ident),* $(,)?) => { vec![$(describe::<rows::$name::Entity>()),*] };
    }
    tables![
        users,
        roles,
        accounts,
        sites,
        sessions,
        account_grants,
        login_links,
        api_tokens,
        totp_secrets,
        recovery_codes,
        passkeys,
        passkey_attempts,
        known_devices,
        jobs,
        job_steps,
        schedules,
        schedule_runs,
        leases,
        usage_samples,
        drift_findings,
        settings,
        idempotency_keys,
        login_attempts,
        audit_head,
        audit_logs,
        audit_seals,
    ]
}

/// The one whose row is there from the beginning.
pub(super) const HEAD: &str = "audit_head";

fn describe<E: EntityTrait>() -> Table {
    let column = |column: E::Column| {
        let def = column.def();
        Column { name: column.as_str(), kind: Kind::of(def.get_column_type()), optional: def.is_null() }
    };
    let columns: Vec<Column> = E::Column::iter().map(column).collect();
    let place = |name: &str| columns.iter().position(|column| column.name == name).unwrap_or_default();
    let key = E::PrimaryKey::iter().map(|key| place(key.as_str())).collect();
    Table { name: E::default().table_name(), columns, key }
}

impl Table {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Names of its columns, in the order of a row's values.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// A row whose values are in the order of `columns`, as this table has them now: a column that came later is empty in it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a column that this table does not have.
    pub fn fit(&self, columns: &[String], row: PortableRow) -> Result<PortableRow, StoreError> {
        let corrupt = |why: String| StoreError::Corrupt { what: self.name, why };
        if row.0.len() != columns.len() {
            return Err(corrupt("a row has another number of columns".to_owned()));
        }
        if let Some(other) = columns.iter().find(|name| !self.columns.iter().any(|column| column.name == name.as_str())) {
            return Err(corrupt(format!("there is no column {other}: it comes from a newer panel")));
        }
        let value = |column: &Column| columns.iter().position(|name| name == column.name).map_or(Json::Null, |at| row.0[at].clone());
        Ok(PortableRow(self.columns.iter().map(value).collect()))
    }

    pub(super) async fn count(&self, db: &impl ConnectionTrait) -> Result<u64, StoreError> {
        let mut select = Query::select();
        select.expr_as(Expr::col(self.columns[0].name).count(), "n").from(self.name);
        let row = db.query_one(&select).await?.ok_or(StoreError::Stale("a table"))?;
        Ok(row.try_get::<i64>("", "n")?.unsigned_abs())
    }

    /// The rows behind one, in the order of their key, at most as many as fit into one statement.
    pub(super) async fn page(&self, db: &impl ConnectionTrait, after: Option<&PortableRow>) -> Result<Vec<PortableRow>, StoreError> {
        let mut select = Query::select();
        select.columns(self.columns()).from(self.name).limit((VALUES / self.columns.len()) as u64);
        for place in &self.key {
            select.order_by(self.columns[*place].name, Order::Asc);
        }
        if let Some(after) = after {
            self.behind(&mut select, after)?;
        }
        db.query_all(&select).await?.iter().map(|row| self.read(row)).collect()
    }

    fn behind(&self, select: &mut SelectStatement, after: &PortableRow) -> Result<(), StoreError> {
        let value = |place: &usize| self.value(*place, &after.0[*place]);
        let mut any = Condition::any();
        for (depth, place) in self.key.iter().enumerate() {
            let mut all = Condition::all();
            for before in &self.key[..depth] {
                all = all.add(Expr::col(self.columns[*before].name).eq(value(before)?));
            }
            any = any.add(all.add(Expr::col(self.columns[*place].name).gt(value(place)?)));
        }
        // Said once more for the databases that do not see in the alternatives where to begin in the index.
        if let Some(first) = self.key.first() {
            select.and_where(Expr::col(self.columns[*first].name).gte(value(first)?));
        }
        select.cond_where(any);
        Ok(())
    }

    fn read(&self, row: &QueryResult) -> Result<PortableRow, StoreError> {
        let values = self.columns.iter().map(|column| match column.kind {
            Some(kind) => kind.read(row, column.name),
            None => Err(self.unknown(column.name)),
        });
        Ok(PortableRow(values.collect::<Result<_, _>>()?))
    }

    fn value(&self, place: usize, value: &Json) -> Result<Value, StoreError> {
        let column = self.columns[place];
        let known = column.kind.filter(|_| column.optional || !value.is_null()).and_then(|kind| kind.write(value));
        known.ok_or_else(|| self.unknown(column.name))
    }

    fn unknown(&self, column: &str) -> StoreError {
        StoreError::Corrupt { what: self.name, why: format!("a value of {column} is of no kind that is known") }
    }

    /// Adds rows, in as few statements as hold them.
    pub(super) async fn insert(&self, db: &impl ConnectionTrait, rows: &[PortableRow]) -> Result<(), StoreError> {
        for some in rows.chunks(VALUES / self.columns.len()) {
            let mut insert = Query::insert();
            insert.into_table(self.name).columns(self.columns());
            for row in some {
                if row.0.len() != self.columns.len() {
                    return Err(StoreError::Corrupt { what: self.name, why: "a row has another number of columns".to_owned() });
                }
                let values = row.0.iter().enumerate().map(|(place, value)| Ok(Expr::val(self.value(place, value)?)));
                let values = values.collect::<Result<Vec<_>, StoreError>>()?;
                insert.values(values).map_err(|e| StoreError::Corrupt { what: self.name, why: e.to_string() })?;
            }
            db.execute(&insert).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use std::collections::{BTreeMap, BTreeSet};

    /// What a table has that no row of it holds: (table, column).
    const LEFT: &[(&str, &str)] = &[
        // Became rows of account_grants; never written since.
        ("accounts", "owner_id"),
    ];

    #[tokio::test]
    async fn every_table_and_column_of_the_schema_is_known_in_the_order_of_its_references() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        let ask = async |sql: String, column: &'static str| -> BTreeSet<String> {
            let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql);
            let rows = store.reader.query_all_raw(statement).await.unwrap();
            rows.iter().map(|row| row.try_get("", column).unwrap()).collect()
        };
        let there = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'seaql_migrations'";
        let there = ask(there.to_owned(), "name").await;
        let known: BTreeMap<String, Table> = all().into_iter().map(|table| (table.name.to_owned(), table)).collect();
        assert_eq!(there, known.keys().cloned().collect(), "a table is missing in `all`: it would be lost by a move or a backup");
        let mut seen = BTreeSet::new();
        for table in all() {
            let mut columns = ask(format!("select name from pragma_table_info('{}')", table.name), "name").await;
            columns.retain(|column| !LEFT.contains(&(table.name, column.as_str())));
            assert_eq!(columns, table.columns().into_iter().map(str::to_owned).collect(), "{}", table.name);
            let unknown: Vec<_> = table.columns.iter().filter(|column| column.kind.is_none()).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", table.name);
            assert!(!table.key.is_empty(), "{}", table.name);
            let mut needed = ask(format!("select \"table\" from pragma_foreign_key_list('{}')", table.name), "table").await;
            needed.remove(table.name);
            assert!(needed.is_subset(&seen), "{} comes before what it refers to: {needed:?}", table.name);
            seen.insert(table.name.to_owned());
        }
    }

    #[test]
    fn what_a_column_cannot_hold_is_refused() {
        assert_eq!(Kind::Number.write(&Json::from(1_i64 << 40)), None);
        assert_eq!(Kind::Id.write(&Json::from("x")), None);
        assert_eq!(Kind::Text.write(&Json::from(1)), None);
        assert_eq!(Kind::Count.write(&Json::from(1_i64 << 40)), Some(Value::BigInt(Some(1 << 40))));
        assert_eq!(Kind::Time.write(&Json::Null), Some(Value::ChronoDateTimeUtc(None)));
    }
}
