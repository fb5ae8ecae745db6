//! `nusantara member`: who has a part in an account.

use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table};
use crate::users::show_link;
use clap::{Args, Subcommand};
use nusantara_client::Error;
use nusantara_client::api::people::{AddMember, UpdateMember};
use nusantara_client::types::Username;

/// What can be done about the people of an account.
#[derive(Debug, Subcommand)]
pub(crate) enum MemberCommand {
    /// List the owners and helpers of an account
    #[command(visible_alias = "ls")]
    List {
        /// The account
        account: String,
    },
    /// Let somebody in, as an owner or as a helper; a login that is not there yet is made
    Add {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        part: PartOptions,
    },
    /// Give somebody another part
    Set {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        part: PartOptions,
    },
    /// Take somebody's part back; their login stays
    #[command(visible_alias = "rm")]
    Remove {
        #[command(flatten)]
        who: Who,
    },
}

/// A login in an account.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The account
    account: String,
    /// The login
    name: String,
}

/// What somebody may do there.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PartOptions {
    /// All that their role allows
    #[arg(long)]
    owner: bool,
    /// Something a helper may do, as module:verb; give it as often as needed
    #[arg(long = "allow", value_name = "PERMISSION")]
    permissions: Vec<String>,
}

pub(crate) async fn run(command: MemberCommand, context: &Context) -> Result<(), Failure> {
    match command {
        MemberCommand::List { account } => list(&parse("account", &account)?, context).await,
        MemberCommand::Add { who, part } => add(&who, part, context).await,
        MemberCommand::Set { who: Who { account, name }, part } => {
            let account: Username = parse("account", &account)?;
            let request = UpdateMember { owner: part.owner, permissions: part.permissions };
            context.client.member_update(&account, &name, &request).await.map_err(|e| absent(e, &account, &name))?;
            context.result(&serde_json::json!({}), |page| page.line(format!("{name} has another part in {account}.")))
        }
        MemberCommand::Remove { who: Who { account, name } } => {
            let account: Username = parse("account", &account)?;
            context.client.member_remove(&account, &name).await.map_err(|e| absent(e, &account, &name))?;
            context.result(&serde_json::json!({}), |page| page.line(format!("{name} has no part in {account} any more.")))
        }
    }
}

fn absent(error: Error, account: &Username, name: &str) -> Failure {
    Failure::absent(error, || format!("{name} has no part in {account}. See: nusantara member list {account}"))
}

async fn list(account: &Username, context: &Context) -> Result<(), Failure> {
    let absent = |e: Error| Failure::absent(e, || format!("There is no account {account}. See: nusantara account list"));
    let list = context.client.member_list(account).await.map_err(absent)?;
    context.result(&list, |page| {
        let mut table = Table::new([Column::new("NAME"), Column::new("PART"), Column::new("MAY").flexible()]);
        for member in &list.items {
            let (part, may) =
                if member.owner { ("owner", "all that the role allows".to_owned()) } else { ("helper", member.permissions.join(" ")) };
            let waiting = if member.waiting { " (waiting)" } else { "" };
            table.row([Line::new(Style::Strong, &member.username).and(Style::Dim, waiting), part.into(), may.into()]);
        }
        page.table(&table, "Nobody but administrators. Let somebody in: nusantara member add ACCOUNT NAME --owner");
    })
}

async fn add(who: &Who, part: PartOptions, context: &Context) -> Result<(), Failure> {
    let account: Username = parse("account", &who.account)?;
    let request = AddMember { username: who.name.clone(), owner: part.owner, permissions: part.permissions };
    let absent = |e: Error| Failure::absent(e, || format!("There is no account {account}. See: nusantara account list"));
    let added = context.client.member_add(&account, &request).await.map_err(absent)?;
    context.result(&added, |page| {
        page.line(format!("{} has a part in {account}.", added.username));
        if let Some(link) = &added.link {
            show_link(link, context.now(), page);
        }
    })
}
