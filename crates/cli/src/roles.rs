//! `nusantara role`: what logins may do.

use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table};
use clap::Subcommand;
use nusantara_client::Error;
use nusantara_client::api::people::PutRole;
use nusantara_client::types::RoleName;

/// What can be done with roles.
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the roles and what they allow
    #[command(visible_alias = "ls")]
    List,
    /// Make a role, or change it
    Put {
        /// Its name: 2 to 16 lower-case letters, digits and hyphens
        name: String,
        /// Something it allows, as module:verb; give it as often as needed
        #[arg(long = "allow", value_name = "PERMISSION", required = true)]
        permissions: Vec<String>,
        /// Only in accounts that the login has a part in
        #[arg(long)]
        own_only: bool,
    },
    /// Remove a role that no login has
    #[command(visible_alias = "rm")]
    Delete {
        /// The role
        name: String,
    },
}

pub(crate) async fn run(command: RoleCommand, context: &Context) -> Result<(), Failure> {
    match command {
        RoleCommand::List => list(context).await,
        RoleCommand::Put { name, permissions, own_only } => {
            let name: RoleName = parse("role", &name)?;
            let role = context.client.role_put(&name, &PutRole { own_only, permissions }).await?;
            context.result(&role, |page| page.line(format!("The role {name} allows {}.", role.permissions.join(", "))))
        }
        RoleCommand::Delete { name } => {
            let name: RoleName = parse("role", &name)?;
            let absent = |e: Error| Failure::absent(e, || format!("No role {name} was made here. See: nusantara role list"));
            context.client.role_delete(&name).await.map_err(absent)?;
            context.result(&serde_json::json!({}), |page| page.line(format!("The role {name} is gone.")))
        }
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let roles = context.client.role_list().await?;
    context.result(&roles, |page| {
        let mut table = Table::new([Column::new("ROLE"), Column::new("ABOUT"), Column::new("ALLOWS").flexible()]);
        for role in &roles.items {
            let allows =
                if role.permissions.len() == roles.permissions.len() { "everything".to_owned() } else { role.permissions.join(" ") };
            let about = if role.own_only { "own accounts" } else { "all accounts" };
            table.row([Line::new(Style::Strong, &role.name), about.into(), allows.into()]);
        }
        page.table(&table, "No roles.");
    })
}
