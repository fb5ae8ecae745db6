//! `nusantara alias`: further names of an account's primary site.

use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use clap::{Args, Subcommand};
use nusantara_client::api::aliases::CreateAlias;
use nusantara_client::types::{DomainName, RequestId, Username};

/// What can be done with aliases.
#[derive(Debug, Subcommand)]
pub(crate) enum AliasCommand {
    /// Let an account's primary site answer under a further name
    Add(Add),
    /// Take a further name off the air
    #[command(visible_alias = "rm")]
    Remove {
        /// The account
        account: String,
        /// The further name
        domain: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

/// `alias add`.
#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The account
    account: String,
    /// The further name
    domain: String,
    /// Allow a name below or above a domain of another account, or one that another gave up lately
    #[arg(long)]
    below_foreign: bool,
    /// For such a name: the TXT record that the refusal names is published
    #[arg(long)]
    dns_proof: bool,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

pub(crate) async fn run(command: AliasCommand, context: &Context) -> Result<(), Failure> {
    match command {
        AliasCommand::Add(arguments) => add(&arguments, context).await,
        AliasCommand::Remove { account, domain, yes, wait } => remove(&account, &domain, yes, wait, context).await,
    }
}

async fn add(arguments: &Add, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("account", &arguments.account)?;
    let domain: DomainName = parse("domain", &arguments.domain)?;
    let request = CreateAlias { domain: domain.clone(), allow_below_foreign: arguments.below_foreign, dns_proof: arguments.dns_proof };
    let asked = context.client.alias_create(&username, &request, RequestId::generate()).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list")))?;
    let words = Words {
        begun: format!("Alias {domain} is being published."),
        doing: format!("Publishing {domain}"),
        done: format!("Account {username} answers under {domain} too."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

async fn remove(account: &str, domain: &str, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("account", account)?;
    let domain: DomainName = parse("domain", domain)?;
    context.demand_yes(yes, &format!("remove alias {domain}"))?;
    if !yes {
        context.confirm(domain.as_str())?;
    }
    let asked = context.client.alias_delete(&username, &domain).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || format!("Account {username} has no alias {domain}.")))?;
    let words = Words {
        begun: format!("Alias {domain} is being taken off the air."),
        doing: format!("Taking {domain} off the air"),
        done: format!("Alias {domain} is off the air."),
    };
    end(&accepted, wait, &words, context).await
}
