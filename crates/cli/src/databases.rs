//! `nusantara database`: databases of accounts and their users.

mod users;

use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Page, Style, Table, units};
use clap::{Args, Subcommand};
use nusantara_client::api::databases::{AddDatabase, DatabaseOverview, DatabaseRights};
use nusantara_client::types::{DatabaseName, RequestId, Username};
use users::DatabaseUserCommand;

/// What can be done with databases.
#[derive(Debug, Subcommand)]
pub(crate) enum DatabaseCommand {
    /// List the databases of an account and their users
    #[command(visible_alias = "ls")]
    List {
        /// The account
        account: String,
    },
    /// Make a database, empty
    Add {
        #[command(flatten)]
        which: Which,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Remove a database with all that is in it, for good
    #[command(visible_alias = "rm")]
    Remove {
        #[command(flatten)]
        which: Which,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Make, change and remove users that may enter databases
    #[command(subcommand, visible_alias = "users")]
    User(DatabaseUserCommand),
}

/// A database of an account.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The account
    account: String,
    /// The database, as joko_shop or, in short, as shop
    name: String,
}

impl Which {
    fn parsed(&self) -> Result<(Username, DatabaseName), Failure> {
        let username = parse("account", &self.account)?;
        let name = parse("name", &whole(&username, &self.name))?;
        Ok((username, name))
    }
}

/// A name that says no account is the account's own.
fn whole(username: &Username, name: &str) -> String {
    if name.contains('_') { name.to_owned() } else { format!("{username}_{name}") }
}

pub(crate) async fn run(command: DatabaseCommand, context: &Context) -> Result<(), Failure> {
    match command {
        DatabaseCommand::List { account } => list(&parse("account", &account)?, context).await,
        DatabaseCommand::Add { which, wait } => add(&which, wait, context).await,
        DatabaseCommand::Remove { which, yes, wait } => remove(&which, yes, wait, context).await,
        DatabaseCommand::User(command) => users::run(command, context).await,
    }
}

fn no_account(username: &Username) -> String {
    format!("There is no account {username}. See: nusantara account list")
}

async fn all(username: &Username, context: &Context) -> Result<DatabaseOverview, Failure> {
    context.client.database_list(username).await.map_err(|e| Failure::absent(e, || no_account(username)))
}

async fn list(username: &Username, context: &Context) -> Result<(), Failure> {
    let all = all(username, context).await?;
    context.result(&all, |page| show(page, &all))
}

fn show(page: &mut Page, all: &DatabaseOverview) {
    let mut table = Table::new([Column::new("DATABASE"), Column::new("SIZE"), Column::new("TABLES"), Column::new("USERS").flexible()]);
    for database in &all.databases {
        let may = |user: &&nusantara_client::api::databases::DatabaseUserView| user.grants.iter().any(|g| g.database == database.name);
        let users: Vec<&str> = all.users.iter().filter(may).map(|user| user.name.as_str()).collect();
        let size = database.bytes.map_or("-".to_owned(), units::bytes);
        let tables = database.tables.map_or("-".to_owned(), |tables| tables.to_string());
        table.row([
            Line::new(Style::Strong, &database.name),
            size.as_str().into(),
            tables.as_str().into(),
            users.join(", ").as_str().into(),
        ]);
    }
    page.table(&table, "No databases. Make one: nusantara database add ACCOUNT NAME");
    if !all.users.is_empty() {
        let mut table = Table::new([Column::new("USER"), Column::new("MAY").flexible()]);
        for user in &all.users {
            let word = |rights| if rights == DatabaseRights::Read { "read" } else { "do all in" };
            let may: Vec<String> = user.grants.iter().map(|grant| format!("{} {}", word(grant.rights), grant.database)).collect();
            let may = if may.is_empty() { "nothing yet".to_owned() } else { may.join(", ") };
            table.row([Line::new(Style::Strong, &user.name), may.as_str().into()]);
        }
        page.line("");
        page.table(&table, "");
    }
    if !all.available {
        page.line("This host has no MariaDB. Install it with: apt install mariadb-server");
    } else if all.server.is_none() {
        page.line("The database server does not answer. Look at it with: systemctl status mariadb");
    } else if !all.users.is_empty() {
        page.line(Line::new(Style::Dim, &format!("Programs of the account connect to {}.", all.host)));
    }
}

async fn add(which: &Which, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let asked = context.client.database_create(&username, &AddDatabase { name: name.clone() }, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || no_account(&username)))?;
    let words = Words {
        begun: format!("Database {name} is being made."),
        doing: format!("Making database {name}"),
        done: format!("Database {name} is there, empty."),
    };
    end(&accepted, wait, &words, context).await
}

async fn remove(which: &Which, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    context.demand_yes(yes, &format!("remove database {name} with all that is in it"))?;
    if !yes {
        context.confirm(name.as_str())?;
    }
    let missing = || format!("Account {username} has no database {name}. See: nusantara database list {username}");
    let accepted = context.client.database_delete(&username, &name).await.map_err(|e| Failure::absent(e, missing))?;
    let words = Words {
        begun: format!("Database {name} is being removed."),
        doing: format!("Removing database {name}"),
        done: format!("Database {name} is gone, with all that was in it."),
    };
    end(&accepted, wait, &words, context).await
}
