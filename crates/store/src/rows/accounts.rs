//! Row of `accounts`. Index line of an account.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "accounts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub username: String,
    pub uid: Option<i32>,
    pub primary_domain: String,
    pub package: String,
    pub status: String,
    pub contact_email: Option<String>,
    pub revision: Option<String>,
    pub job_id: Option<Uuid>,
    pub created_by: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub generation: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
