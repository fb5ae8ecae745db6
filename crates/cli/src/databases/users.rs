//! `nusantara database user`.

use super::{all, no_account, whole};
use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::ftp::{How, chosen, shown_once};
use clap::{Args, Subcommand};
use nusantara_client::api::databases::{AddDatabaseUser, DatabaseRights as Granted, SetDatabasePassword, UpdateDatabaseUser};
use nusantara_client::types::databases::DatabaseGrant;
use nusantara_client::types::{DatabaseName, DatabaseRights, DatabaseUserName, RequestId, Username};
use std::collections::BTreeMap;

/// What can be done with database users.
#[derive(Debug, Subcommand)]
pub(crate) enum DatabaseUserCommand {
    /// Make a database user; the password is asked for, or read from the first line of standard input
    Add {
        #[command(flatten)]
        which: WhichUser,
        #[command(flatten)]
        rights: Rights,
        #[command(flatten)]
        how: How,
    },
    /// Give a database user rights in databases, or take them; what is not named stays
    Set {
        #[command(flatten)]
        which: WhichUser,
        #[command(flatten)]
        rights: Rights,
        /// Let it do nothing any more in this database
        #[arg(long, value_name = "DATABASE")]
        none: Vec<String>,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Give a database user another password, asked for or read from the first line of standard input
    Password {
        #[command(flatten)]
        which: WhichUser,
        #[command(flatten)]
        how: How,
    },
    /// Remove a database user; databases stay
    #[command(visible_alias = "rm")]
    Remove {
        #[command(flatten)]
        which: WhichUser,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

/// A database user of an account.
#[derive(Debug, Args)]
pub(crate) struct WhichUser {
    /// The account
    account: String,
    /// The user, as joko_app or, in short, as app
    name: String,
}

/// What a user may do.
#[derive(Debug, Args)]
pub(crate) struct Rights {
    /// Let it do everything in this database
    #[arg(long, value_name = "DATABASE")]
    full: Vec<String>,
    /// Let it only read this database
    #[arg(long, value_name = "DATABASE")]
    read: Vec<String>,
}

impl WhichUser {
    fn parsed(&self) -> Result<(Username, DatabaseUserName), Failure> {
        let username = parse("account", &self.account)?;
        let name = parse("name", &whole(&username, &self.name))?;
        Ok((username, name))
    }
}

impl Rights {
    fn apply(&self, username: &Username, known: &mut BTreeMap<DatabaseName, DatabaseRights>) -> Result<(), Failure> {
        for (names, rights) in [(&self.full, DatabaseRights::Full), (&self.read, DatabaseRights::Read)] {
            for name in names {
                known.insert(parse("database", &whole(username, name))?, rights);
            }
        }
        Ok(())
    }

    const fn is_empty(&self) -> bool {
        self.full.is_empty() && self.read.is_empty()
    }
}

fn grants(known: BTreeMap<DatabaseName, DatabaseRights>) -> Vec<DatabaseGrant> {
    known.into_iter().map(|(database, rights)| DatabaseGrant { database, rights }).collect()
}

pub(super) async fn run(command: DatabaseUserCommand, context: &Context) -> Result<(), Failure> {
    match command {
        DatabaseUserCommand::Add { which, rights, how } => add(&which, &rights, &how, context).await,
        DatabaseUserCommand::Set { which, rights, none, wait } => set(&which, &rights, &none, wait, context).await,
        DatabaseUserCommand::Password { which, how } => password(&which, &how, context).await,
        DatabaseUserCommand::Remove { which, yes, wait } => remove(&which, yes, wait, context).await,
    }
}

fn missing(username: &Username, name: &DatabaseUserName) -> String {
    format!("Account {username} has no database user {name}. See: nusantara database list {username}")
}

async fn add(which: &WhichUser, rights: &Rights, how: &How, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let mut known = BTreeMap::new();
    rights.apply(&username, &mut known)?;
    let (password, made_up) = chosen(name.as_str(), how, context)?;
    let request = AddDatabaseUser { name: name.clone(), password, grants: grants(known) };
    let asked = context.client.database_user_create(&username, &request, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || no_account(&username)))?;
    shown_once(name.as_str(), made_up.as_deref());
    let words = Words {
        begun: format!("Database user {name} is being made."),
        doing: format!("Making database user {name}"),
        done: format!("Database user {name} is let in."),
    };
    end(&accepted, how.wait, &words, context).await
}

async fn set(which: &WhichUser, rights: &Rights, none: &[String], wait: bool, context: &Context) -> Result<(), Failure> {
    if rights.is_empty() && none.is_empty() {
        return Err(Failure::Usage("Nothing to change: give --full, --read or --none.".to_owned()));
    }
    let (username, name) = which.parsed()?;
    let known = all(&username, context).await?.users.into_iter().find(|user| user.name == name.as_str());
    let known = known.ok_or_else(|| Failure::NotFound(missing(&username, &name)))?;
    let mut rights_now = BTreeMap::new();
    for grant in &known.grants {
        let rights = if grant.rights == Granted::Read { DatabaseRights::Read } else { DatabaseRights::Full };
        rights_now.insert(parse("database", &grant.database)?, rights);
    }
    rights.apply(&username, &mut rights_now)?;
    for name in none {
        rights_now.remove(&parse::<DatabaseName>("database", &whole(&username, name))?);
    }
    let request = UpdateDatabaseUser { grants: grants(rights_now) };
    let asked = context.client.database_user_update(&username, &name, &request).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let words = Words {
        begun: format!("Database user {name} is being changed."),
        doing: format!("Changing database user {name}"),
        done: format!("Database user {name} is changed."),
    };
    end(&accepted, wait, &words, context).await
}

async fn password(which: &WhichUser, how: &How, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    let (password, made_up) = chosen(name.as_str(), how, context)?;
    let asked = context.client.database_user_password(&username, &name, &SetDatabasePassword { password }).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    shown_once(name.as_str(), made_up.as_deref());
    let words = Words {
        begun: format!("Database user {name} is given another password."),
        doing: format!("Changing database user {name}"),
        done: format!("Database user {name} has another password."),
    };
    end(&accepted, how.wait, &words, context).await
}

async fn remove(which: &WhichUser, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, name) = which.parsed()?;
    context.demand_yes(yes, &format!("remove database user {name}"))?;
    if !yes {
        context.confirm(name.as_str())?;
    }
    let asked = context.client.database_user_delete(&username, &name).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &name)))?;
    let words = Words {
        begun: format!("Database user {name} is being removed."),
        doing: format!("Removing database user {name}"),
        done: format!("Database user {name} is gone; databases stay."),
    };
    end(&accepted, wait, &words, context).await
}
