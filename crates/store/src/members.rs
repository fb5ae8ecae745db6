//! Who has a part in which account: owners, who may do there all that their role allows, and helpers, who may do what an owner or
//! an admin named. The permission is part of the row and of every query, so none can be used in another account.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::{account_grants, users};
use nusantara_types::{Actor, Timestamp, UserId, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

/// What stands for everything.
const OWNER: &str = "*";

/// What a login may do in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All that its role allows.
    Owner,
    /// Of that, only these.
    Helper(Vec<String>),
}

/// A login's part in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// The account.
    pub account: Username,
    /// Who.
    pub user: UserId,
    /// Their name.
    pub username: String,
    /// Whether they have chosen a password, and are let in.
    pub usable: bool,
    /// What they may do there.
    pub part: Part,
    /// Who let them in.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// The names of the accounts in which a login has a permission, to filter what hangs on accounts.
pub(crate) fn granted(user: UserId, permission: &'static str) -> SelectStatement {
    Query::select()
        .column(account_grants::Column::Account)
        .from(account_grants::Entity)
        .and_where(account_grants::Column::UserId.eq(user.0))
        .and_where(account_grants::Column::Permission.is_in([OWNER, permission]))
        .take()
}

/// Rows in order of account, login and permission, as one record for each part.
fn gather(rows: Vec<account_grants::Model>, people: &[users::Model]) -> Result<Vec<MemberRecord>, StoreError> {
    let mut members: Vec<MemberRecord> = Vec::new();
    for row in rows {
        let known = members.last_mut().filter(|m| m.account.as_str() == row.account && m.user.0 == row.user_id);
        match known {
            // An owner's row sorts before every other and says it all.
            Some(MemberRecord { part: Part::Owner, .. }) => {}
            Some(MemberRecord { part: Part::Helper(permissions), .. }) => permissions.push(row.permission),
            None => {
                let person = people.iter().find(|person| person.id == row.user_id);
                members.push(MemberRecord {
                    account: row.account.parse().map_err(StoreError::corrupt("account of a member"))?,
                    user: UserId(row.user_id),
                    username: person.map(|person| person.username.clone()).unwrap_or_default(),
                    usable: person.is_some_and(|person| !person.password_hash.is_empty() && person.disabled_at.is_none()),
                    part: if row.permission == OWNER { Part::Owner } else { Part::Helper(vec![row.permission]) },
                    created_by: row.created_by,
                    created_at: row.created_at,
                });
            }
        }
    }
    Ok(members)
}

async fn of_account(db: &impl ConnectionTrait, account: &Username) -> Result<Vec<MemberRecord>, StoreError> {
    use account_grants::Column;
    let rows = account_grants::Entity::find().filter(Column::Account.eq(account.as_str()));
    let rows = rows.order_by_asc(Column::UserId).order_by_asc(Column::Permission).all(db).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.user_id).collect();
    let people = users::Entity::find().filter(users::Column::Id.is_in(ids)).all(db).await?;
    let mut members = gather(rows, &people)?;
    members.sort_by(|a, b| (a.part != Part::Owner, &a.username).cmp(&(b.part != Part::Owner, &b.username)));
    Ok(members)
}

impl Store {
    /// Who has a part in an account: owners first, then by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn member_list(&self, account: &Username) -> Result<Vec<MemberRecord>, StoreError> {
        of_account(&self.reader, account).await
    }

    /// The parts that these logins have, in order of account.
    ///
    /// # Errors
    /// What the database says.
    pub async fn member_list_of(&self, users: &[UserId]) -> Result<Vec<MemberRecord>, StoreError> {
        use account_grants::Column;
        let rows = account_grants::Entity::find().filter(Column::UserId.is_in(users.iter().map(|user| user.0)));
        let rows = rows.order_by_asc(Column::Account).order_by_asc(Column::UserId).order_by_asc(Column::Permission);
        gather(rows.all(&self.reader).await?, &[])
    }
}

impl Tx {
    /// Who has a part in an account: owners first, then by name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn member_list(&self, account: &Username) -> Result<Vec<MemberRecord>, StoreError> {
        of_account(&self.inner, account).await
    }

    /// Gives a login its part in an account, in the place of the one it had.
    ///
    /// # Errors
    /// What the database says.
    pub async fn member_put(&self, account: &Username, user: UserId, part: &Part, by: &Actor, now: Timestamp) -> Result<(), StoreError> {
        self.member_delete(account, user).await?;
        let permissions: Vec<&str> = match part {
            Part::Owner => vec![OWNER],
            Part::Helper(permissions) => permissions.iter().map(String::as_str).collect(),
        };
        let rows = permissions.into_iter().map(|permission| account_grants::ActiveModel {
            account: Set(account.as_str().to_owned()),
            user_id: Set(user.0),
            permission: Set(permission.to_owned()),
            created_by: Set(by.as_str().to_owned()),
            created_at: Set(micros(now)),
        });
        account_grants::Entity::insert_many(rows).exec_without_returning(&self.inner).await?;
        Ok(())
    }

    /// Takes a login's part in an account back; whether it had one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn member_delete(&self, account: &Username, user: UserId) -> Result<bool, StoreError> {
        use account_grants::Column;
        let rows = account_grants::Entity::delete_many().filter(Column::Account.eq(account.as_str())).filter(Column::UserId.eq(user.0));
        Ok(rows.exec(&self.inner).await?.rows_affected > 0)
    }
}
