//! Row of `sites`. Index line of a site.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sites")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub account: String,
    pub domain: String,
    pub kind: String,
    pub root_path: String,
    pub runtime: String,
    pub php_version: Option<String>,
    pub status: String,
    pub job_id: Option<Uuid>,
    pub created_by: String,
    pub created_at: Time,
    pub updated_at: Time,
    pub generation: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
