//! `nusantara user`: logins of the panel.

use crate::context::{Context, Items, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Page, Style, Table, units};
use clap::{Args, Subcommand};
use nusantara_client::Error;
use nusantara_client::api::people::{CreateUser, PasswordLink, UpdateUser, User, UserState};
use nusantara_client::types::{PasskeyId, Timestamp};

/// What can be done with logins.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List the logins of the panel
    #[command(visible_alias = "ls")]
    List {
        /// Show at most this many
        #[arg(long, value_name = "N", default_value_t = 1000)]
        limit: usize,
    },
    /// Show a login with its accounts
    Show {
        /// The login
        name: String,
    },
    /// Make a login; prints the link by which its owner chooses a password
    Invite(Invite),
    /// Give a login another role, address or state
    Set(Set),
    /// Make a link by which a login's password is set
    Link {
        /// The login
        name: String,
    },
    /// End every session of a login
    Logout {
        /// The login
        name: String,
    },
    /// Have the second factor of a login forgotten a day from now, for an owner who has lost it: app, recovery codes and passkeys
    DropSecondFactor {
        /// The login
        name: String,
        /// Take that back
        #[arg(long)]
        keep: bool,
    },
    /// List the passkeys of a login
    Passkeys {
        /// The login
        name: String,
    },
    /// Take a passkey away from a login and end its sessions: its device was lost, say; as root on the host
    RemovePasskey {
        /// The login
        name: String,
        /// What its owner calls it, or its id
        passkey: String,
    },
    /// Remove a login; its accounts stay
    #[command(visible_alias = "rm")]
    Delete {
        /// The login
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// `user invite`.
#[derive(Debug, Args)]
pub(crate) struct Invite {
    /// Its name: 3 to 32 letters, digits, dots, hyphens and underscores
    name: String,
    /// Its role: admin, operator, viewer, user, or one that was made here
    #[arg(long)]
    role: String,
    /// Whom to write to
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
}

/// `user set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The login
    name: String,
    /// Its role
    #[arg(long)]
    role: Option<String>,
    /// Whom to write to
    #[arg(long, value_name = "ADDRESS", conflicts_with = "no_email")]
    email: Option<String>,
    /// Write to nobody
    #[arg(long)]
    no_email: bool,
    /// Let nobody in
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// Let its owner in again
    #[arg(long)]
    enable: bool,
}

pub(crate) async fn run(command: UserCommand, context: &Context) -> Result<(), Failure> {
    match command {
        UserCommand::List { limit } => list(limit, context).await,
        UserCommand::Show { name } => show(&name, context).await,
        UserCommand::Invite(arguments) => invite(arguments, context).await,
        UserCommand::Set(arguments) => set(arguments, context).await,
        UserCommand::Link { name } => {
            let link = context.client.user_link(&name).await.map_err(|e| absent(e, &name))?;
            context.result(&link, |page| show_link(&link, context.now(), page))
        }
        UserCommand::Logout { name } => {
            context.client.user_sessions_end(&name).await.map_err(|e| absent(e, &name))?;
            context.result(&serde_json::json!({}), |page| page.line(format!("Nobody is logged in as {name} any more.")))
        }
        UserCommand::DropSecondFactor { name, keep } => second_factor(&name, keep, context).await,
        UserCommand::Passkeys { name } => passkeys(&name, context).await,
        UserCommand::RemovePasskey { name, passkey } => remove_passkey(&name, &passkey, context).await,
        UserCommand::Delete { name, yes } => delete(&name, yes, context).await,
    }
}

fn absent(error: Error, name: &str) -> Failure {
    Failure::absent(error, || format!("There is no login {name}. See: nusantara user list"))
}

const fn word(state: UserState) -> (&'static str, Style) {
    match state {
        UserState::Active => ("active", Style::Good),
        UserState::Invited => ("invited", Style::Attention),
        UserState::Disabled => ("disabled", Style::Dim),
    }
}

fn state(state: UserState) -> Line {
    let (word, style) = word(state);
    Line::new(style, word)
}

async fn list(limit: usize, context: &Context) -> Result<(), Failure> {
    let users = context.client.user_list(limit).await?;
    let now = context.now();
    context.result(&Items { items: &users }, |page| {
        let columns = [
            Column::new("NAME"),
            Column::new("ROLE"),
            Column::new("STATE"),
            Column::new("2FA"),
            Column::new("ACCOUNTS").flexible(),
            Column::new("LAST LOGIN"),
        ];
        let mut table = Table::new(columns);
        for user in &users {
            let accounts: Vec<&str> = user.accounts.iter().map(|part| part.account.as_str()).collect();
            table.row([
                Line::new(Style::Strong, &user.username),
                user.role.as_str().into(),
                state(user.state),
                if user.second_factor { "yes" } else { "no" }.into(),
                accounts.join(" ").into(),
                user.last_login_at.map_or_else(|| "never".to_owned(), |at| units::ago(at, now)).into(),
            ]);
        }
        page.table(&table, "No logins.");
    })
}

async fn show(name: &str, context: &Context) -> Result<(), Failure> {
    let user = context.client.user_show(name).await.map_err(|e| absent(e, name))?;
    context.result(&user, |page| show_one(&user, context.now(), page))
}

fn show_one(user: &User, now: Timestamp, page: &mut Page) {
    page.line(Line::new(Style::Strong, &user.username).and(Style::Plain, "  ").join(state(user.state)));
    let accounts: Vec<String> =
        user.accounts.iter().map(|p| format!("{}{}", p.account, if p.owner { " (owner)" } else { " (helper)" })).collect();
    page.fields(&[
        ("Role", user.role.as_str().into()),
        ("E-mail", user.email.as_deref().unwrap_or("none").into()),
        ("Second factor", factor(user)),
        ("Accounts", if accounts.is_empty() { "none".into() } else { accounts.join(", ").into() }),
        ("Made", units::when(user.created_at, now).into()),
        ("Last login", user.last_login_at.map_or_else(|| "never".to_owned(), |at| units::when(at, now)).into()),
    ]);
}

/// The link, alone on its line, and what it is for.
pub(crate) fn show_link(link: &PasswordLink, now: Timestamp, page: &mut Page) {
    page.line("Hand this over; it is shown once and works once. It comes after the panel's own address:");
    page.line(Line::new(Style::Strong, &link.path));
    page.line(Line::new(Style::Dim, &format!("It works until {}.", units::when(link.expires_at, now))));
}

async fn invite(arguments: Invite, context: &Context) -> Result<(), Failure> {
    let Invite { name, role, email } = arguments;
    let email = email.map(|email| parse("email", &email)).transpose()?;
    let request = CreateUser { username: name, role: parse("role", &role)?, email };
    let made = context.client.user_create(&request).await?;
    context.result(&made, |page| {
        page.line(format!("{} is invited as {}.", made.user.username, made.user.role));
        show_link(&made.link, context.now(), page);
    })
}

async fn set(arguments: Set, context: &Context) -> Result<(), Failure> {
    let Set { name, role, email, no_email, disable, enable } = arguments;
    if role.is_none() && email.is_none() && !no_email && !disable && !enable {
        return Err(Failure::Usage("Nothing to change: give --role, --email, --no-email, --disable or --enable.".to_owned()));
    }
    let known = context.client.user_show(&name).await.map_err(|e| absent(e, &name))?;
    let email = if no_email { None } else { email.or(known.email) };
    let request = UpdateUser {
        role: parse("role", role.as_deref().unwrap_or(&known.role))?,
        email: email.map(|email| parse("email", &email)).transpose()?,
        disabled: disable || (known.state == UserState::Disabled && !enable),
    };
    let user = context.client.user_update(&name, &request).await.map_err(|e| absent(e, &name))?;
    context.result(&user, |page| show_one(&user, context.now(), page))
}

fn factor(user: &User) -> Line {
    match user.second_factor_drops_at {
        Some(at) => format!("yes, until {}", at.format("%Y-%m-%d %H:%M UTC")).into(),
        None => if user.second_factor { "yes" } else { "no" }.into(),
    }
}

async fn second_factor(name: &str, keep: bool, context: &Context) -> Result<(), Failure> {
    let none = |e| Failure::absent(e, || format!("Nobody wants the second factor of {name} to go, or there is no such login."));
    let without = |e| Failure::absent(e, || format!("{name} has no second factor, or there is no such login."));
    let user = match keep {
        true => context.client.user_second_factor_keep(name).await.map_err(none)?,
        false => context.client.user_second_factor_drop(name).await.map_err(without)?,
    };
    context.result(&user, |page| match user.second_factor_drops_at {
        Some(at) => {
            page.line(format!("{name} is asked for no second factor any more from {} on.", at.format("%Y-%m-%d %H:%M UTC")));
            page.line("Its owner is told on every page, and keeps it with one click or by showing it before.");
        }
        None => page.line(format!("{name} keeps its second factor.")),
    })
}

async fn passkeys(name: &str, context: &Context) -> Result<(), Failure> {
    let list = context.client.user_passkey_list(name).await.map_err(|e| absent(e, name))?;
    let now = context.now();
    context.result(&list, |page| {
        match &list.origin {
            Some(origin) => page.line(format!("Passkeys work at {origin}.")),
            None => page.line("Passkeys work nowhere yet: set hostname in /etc/nusantara-panel/panel.toml."),
        }
        let columns = [Column::new("NAME").flexible(), Column::new("MADE"), Column::new("LAST USED"), Column::new("ID").spare(1)];
        let mut table = Table::new(columns);
        for passkey in &list.items {
            let used = passkey.last_used_at.map_or_else(|| "never".to_owned(), |at| units::when(at, now));
            table.row([
                passkey.name.as_str().into(),
                units::when(passkey.created_at, now).into(),
                used.into(),
                passkey.id.to_string().into(),
            ]);
        }
        page.table(&table, "This login has none.");
    })
}

async fn remove_passkey(name: &str, passkey: &str, context: &Context) -> Result<(), Failure> {
    let list = context.client.user_passkey_list(name).await.map_err(|e| absent(e, name))?;
    let named: Vec<_> = list.items.iter().filter(|one| one.name == passkey || one.id.to_string() == passkey).collect();
    let one = match named.as_slice() {
        [one] => one,
        [] => return Err(Failure::NotFound(format!("{name} has no passkey {passkey:?}. See: nusantara user passkeys {name}"))),
        _ => return Err(Failure::Usage(format!("{name} has several passkeys {passkey:?}; give the id of one."))),
    };
    let gone = context.client.user_passkey_remove(name, PasskeyId(one.id)).await;
    gone.map_err(|e| Failure::absent(e, || "Only root on the panel's host takes a passkey away from a login.".to_owned()))?;
    context.result(&serde_json::json!({}), |page| page.line(format!("The passkey {:?} of {name} opens nothing any more.", one.name)))
}

async fn delete(name: &str, yes: bool, context: &Context) -> Result<(), Failure> {
    context.demand_yes(yes, &format!("remove the login {name}"))?;
    if !yes {
        context.confirm(name)?;
    }
    context.client.user_delete(name).await.map_err(|e| absent(e, name))?;
    context.result(&serde_json::json!({}), |page| page.line(format!("The login {name} is gone; its accounts stay.")))
}
