//! `nusantara certificate`: what sites answer HTTPS with.

use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::{Column, Line, Style, Table};
use clap::{Args, Subcommand};
use nusantara_client::api::certificates::{CertificateFacts, CertificateOrigin, CertificateState, SiteCertificate, UploadCertificate};
use nusantara_client::types::{DomainName, Secret, Timestamp, Username};
use std::path::{Path, PathBuf};

/// What can be done with certificates.
#[derive(Debug, Subcommand)]
pub(crate) enum CertificateCommand {
    /// List what the sites of an account answer HTTPS with
    #[command(visible_alias = "ls")]
    List {
        /// The account
        account: String,
    },
    /// Show a site's certificate, when it is renewed, and why the last order came to nothing
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Order a certificate for a site, also when the one it has does for now
    Issue {
        #[command(flatten)]
        which: Which,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
    /// Have a site answer with a certificate of your own
    Upload {
        #[command(flatten)]
        which: Which,
        /// File with the private key, as PEM without a password
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// File with the certificate, as PEM, followed by those it hangs on
        #[arg(long, value_name = "FILE")]
        chain: PathBuf,
    },
    /// Have a site answer with the host's own certificate again, and forget its key
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
    /// Have the authority revoke a site's certificate, such as after its key was seen by others
    Revoke {
        #[command(flatten)]
        which: Which,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        /// Wait for the end, showing every step
        #[arg(long)]
        wait: bool,
    },
}

/// A site of an account.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The account
    account: String,
    /// The site's domain
    domain: String,
}

impl Which {
    fn parsed(&self) -> Result<(Username, DomainName), Failure> {
        Ok((parse("account", &self.account)?, parse("domain", &self.domain)?))
    }
}

pub(crate) async fn run(command: CertificateCommand, context: &Context) -> Result<(), Failure> {
    match command {
        CertificateCommand::List { account } => list(&parse("account", &account)?, context).await,
        CertificateCommand::Show { which } => show(&which, context).await,
        CertificateCommand::Issue { which, wait } => issue(&which, wait, context).await,
        CertificateCommand::Upload { which, key, chain } => upload(&which, &key, &chain, context).await,
        CertificateCommand::Remove { which, yes, wait } => remove(&which, yes, wait, context).await,
        CertificateCommand::Revoke { which, yes, wait } => revoke(&which, yes, wait, context).await,
    }
}

fn missing(username: &Username, domain: &DomainName) -> String {
    format!("Account {username} has no site {domain} with a certificate of its own. See: nusantara certificate list {username}")
}

fn day(time: Timestamp) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn state(site: &SiteCertificate) -> Line {
    match site.state {
        CertificateState::Off => Line::new(Style::Dim, "no HTTPS"),
        CertificateState::HostOwn => Line::new(Style::Attention, "self-signed"),
        CertificateState::Valid => Line::new(Style::Good, "valid"),
        CertificateState::Renewing => Line::new(Style::Attention, "to be renewed"),
        CertificateState::Ended => Line::new(Style::Bad, "ended"),
    }
}

async fn list(username: &Username, context: &Context) -> Result<(), Failure> {
    let absent = |e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list"));
    let list = context.client.certificate_list(username).await.map_err(absent)?;
    context.result(&list, |page| {
        let mut table = Table::new([Column::new("SITE"), Column::new("STATE"), Column::new("ENDS"), Column::new("ISSUER").flexible()]);
        for site in &list.items {
            let ends = site.certificate.as_ref().map(|own| day(own.not_after)).unwrap_or_default();
            let issuer = site.certificate.as_ref().map(|own| own.issuer.as_str()).unwrap_or_default();
            table.row([Line::new(Style::Strong, &site.domain), state(site), ends.as_str().into(), issuer.into()]);
        }
        page.table(&table, "No sites.");
        if list.items.iter().any(|site| !site.orders) {
            page.line(Line::new(Style::Dim, "No authority is set up to order from: name its directory as acme_directory in panel.toml."));
        }
    })
}

fn fields(own: &CertificateFacts) -> Vec<(&'static str, Line)> {
    let source = match own.source {
        CertificateOrigin::Acme => "ordered by the panel",
        CertificateOrigin::Uploaded => "uploaded",
    };
    vec![
        ("Source", source.into()),
        ("For", own.names.join(", ").into()),
        ("Issuer", own.issuer.as_str().into()),
        ("Ends", day(own.not_after).into()),
        ("Renewed from", day(own.renews_at).into()),
        ("SHA-256", own.fingerprint.as_str().into()),
    ]
}

async fn show(which: &Which, context: &Context) -> Result<(), Failure> {
    let (username, domain) = which.parsed()?;
    let absent = |e| Failure::absent(e, || format!("Account {username} has no site {domain}. See: nusantara site list"));
    let site = context.client.certificate_show(&username, &domain).await.map_err(absent)?;
    context.result(&site, |page| {
        let mut all = vec![("Site", Line::new(Style::Strong, &site.domain)), ("State", state(&site))];
        all.extend(site.certificate.iter().flat_map(fields));
        if !site.missing.is_empty() {
            all.push(("Not for", Line::new(Style::Attention, &site.missing.join(", "))));
        }
        page.fields(&all);
        if let Some(failure) = &site.failure {
            page.heading("Last order");
            page.line(Line::new(Style::Bad, &failure.message));
            failure.detail.iter().for_each(|detail| page.line(Line::new(Style::Dim, detail)));
            if let Some(again) = failure.again_at {
                page.line(Line::new(Style::Dim, &format!("Tried again from {}.", day(again))));
            }
        }
        if !site.orders {
            page.line(Line::new(Style::Dim, "No authority is set up to order from: name its directory as acme_directory in panel.toml."));
        }
    })
}

async fn issue(which: &Which, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, domain) = which.parsed()?;
    let asked = context.client.certificate_issue(&username, &domain).await;
    let accepted =
        asked.map_err(|e| Failure::absent(e, || format!("Account {username} has no site {domain}. See: nusantara site list")))?;
    let words = Words {
        begun: format!("A certificate for {domain} is being ordered."),
        doing: format!("Ordering a certificate for {domain}"),
        done: format!("{domain} answers with its new certificate."),
    };
    end(&accepted, wait, &words, context).await
}

fn read(field: &'static str, path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| Failure::Value { field, message: format!("{} cannot be read: {e}.", path.display()) })
}

async fn upload(which: &Which, key: &Path, chain: &Path, context: &Context) -> Result<(), Failure> {
    let (username, domain) = which.parsed()?;
    let request = UploadCertificate { key: Secret::from(read("key", key)?), chain: read("chain", chain)? };
    let asked = context.client.certificate_upload(&username, &domain, &request).await;
    let site = asked.map_err(|e| Failure::absent(e, || format!("Account {username} has no site {domain}. See: nusantara site list")))?;
    context.result(&site, |page| page.line(format!("{domain} answers with that certificate.")))
}

async fn remove(which: &Which, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, domain) = which.parsed()?;
    context.demand_yes(yes, &format!("remove the certificate of {domain}"))?;
    if !yes {
        context.confirm(domain.as_str())?;
    }
    let asked = context.client.certificate_remove(&username, &domain).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &domain)))?;
    let words = Words {
        begun: format!("The certificate of {domain} is being removed."),
        doing: format!("Removing the certificate of {domain}"),
        done: format!("{domain} answers with the host's own certificate."),
    };
    end(&accepted, wait, &words, context).await
}

async fn revoke(which: &Which, yes: bool, wait: bool, context: &Context) -> Result<(), Failure> {
    let (username, domain) = which.parsed()?;
    context.demand_yes(yes, &format!("revoke the certificate of {domain}"))?;
    if !yes {
        context.confirm(domain.as_str())?;
    }
    let asked = context.client.certificate_revoke(&username, &domain).await;
    let accepted = asked.map_err(|e| Failure::absent(e, || missing(&username, &domain)))?;
    let words = Words {
        begun: format!("The certificate of {domain} is being revoked."),
        doing: format!("Revoking the certificate of {domain}"),
        done: format!("The certificate of {domain} is revoked."),
    };
    end(&accepted, wait, &words, context).await
}
