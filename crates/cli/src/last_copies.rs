//! `nusantara last-copy`.

use crate::context::Context;
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table, units};
use clap::Subcommand;

/// What can be done with last copies.
#[derive(Debug, Subcommand)]
pub(crate) enum LastCopyCommand {
    /// List what is kept of deleted accounts, where, and until when
    #[command(visible_alias = "ls")]
    List,
}

pub(crate) async fn run(command: LastCopyCommand, context: &Context) -> Result<(), Failure> {
    match command {
        LastCopyCommand::List => list(context).await,
    }
}

async fn list(context: &Context) -> Result<(), Failure> {
    let copies = context.client.last_copy_list().await?;
    let now = context.now();
    context.result(&copies, |page| {
        let mut table = Table::new([
            Column::new("ACCOUNT"),
            Column::new("DELETED").spare(2),
            Column::new("KEPT UNTIL"),
            Column::new("SIZE").number(),
            Column::new("WHERE"),
        ]);
        for copy in &copies.items {
            table.row([
                Line::new(Style::Strong, &copy.username),
                units::ago(copy.deleted_at, now).into(),
                copy.expires_at.format("%Y-%m-%d").to_string().into(),
                units::bytes(copy.size_bytes).into(),
                copy.path.as_str().into(),
            ]);
        }
        page.table(&table, &format!("None. A deleted account's last copy is kept for {} days.", copies.kept_days));
    })
}
