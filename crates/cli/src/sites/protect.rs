//! `nusantara site protect` and `site unprotect`: who may enter which part of a site.

use super::{find, finish};
use crate::changes::Words;
use crate::context::{Context, parse};
use crate::failure::Failure;
use clap::Args;
use nusantara_client::api::sites::{ProtectFolder, ProtectVisitor, ProtectedFolder};
use nusantara_client::types::SiteId;
use nusantara_client::types::sites::{Realm, UrlPath, VisitorName};

/// `site protect`.
#[derive(Debug, Args)]
pub(crate) struct Protect {
    /// The site
    domain: String,
    /// The part: a path such as /staff, and everything below it
    path: String,
    /// Who may enter; the password is asked for, or read from the first line of standard input
    #[arg(long, value_name = "NAME")]
    user: String,
    /// What the browser shows
    #[arg(long, value_name = "TEXT")]
    realm: Option<String>,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// `site unprotect`.
#[derive(Debug, Args)]
pub(crate) struct Unprotect {
    /// The site
    domain: String,
    /// The part
    path: String,
    /// Only shut this visitor out; the part stays protected
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// Lets a visitor in, or gives them another password.
pub(crate) async fn protect(arguments: Protect, context: &Context) -> Result<(), Failure> {
    let path: UrlPath = parse("path", &arguments.path)?;
    let name: VisitorName = parse("user", &arguments.user)?;
    let realm: Option<Realm> = arguments.realm.as_deref().map(|text| parse("realm", text)).transpose()?;
    let (id, mut folders) = now(&arguments.domain, context).await?;
    let password = context.password(&format!("Password of {name}"))?;
    let visitor = ProtectVisitor { name, password: Some(password) };
    let at = if let Some(at) = folders.iter().position(|folder| folder.path == path) {
        at
    } else {
        folders.push(ProtectFolder { path: path.clone(), realm: parse("realm", "Restricted")?, visitors: Vec::new() });
        folders.len() - 1
    };
    if let Some(folder) = folders.get_mut(at) {
        folder.visitors.retain(|known| known.name != visitor.name);
        folder.visitors.push(visitor);
        folder.realm = realm.unwrap_or_else(|| folder.realm.clone());
    }
    put(id, &folders, &arguments.domain, path.as_str(), arguments.wait, context).await
}

/// Opens a part again, or shuts one visitor out of it.
pub(crate) async fn unprotect(arguments: Unprotect, context: &Context) -> Result<(), Failure> {
    let path: UrlPath = parse("path", &arguments.path)?;
    let name: Option<VisitorName> = arguments.user.as_deref().map(|text| parse("user", text)).transpose()?;
    let (id, mut folders) = now(&arguments.domain, context).await?;
    let folder = folders.iter_mut().find(|folder| folder.path == path);
    let folder = folder.ok_or_else(|| Failure::NotFound(format!("{path} is not protected.")))?;
    match name {
        Some(name) => {
            let before = folder.visitors.len();
            folder.visitors.retain(|known| known.name != name);
            if folder.visitors.len() == before {
                return Err(Failure::NotFound(format!("{path} has no visitor {name}.")));
            }
        }
        None => folders.retain(|folder| folder.path != path),
    }
    put(id, &folders, &arguments.domain, path.as_str(), arguments.wait, context).await
}

/// The folders of a site as they are, in the form they are put in: every password stays.
async fn now(domain: &str, context: &Context) -> Result<(SiteId, Vec<ProtectFolder>), Failure> {
    let site = find(domain, context).await?;
    let id = SiteId(site.id);
    let detail = context.client.site_show(id).await?;
    if detail.settings.is_none() {
        return Err(Failure::Refused("The host does not say how the site is now; try again in a moment.".to_owned()));
    }
    Ok((id, detail.protected.iter().map(kept).collect::<Result<_, _>>()?))
}

fn kept(folder: &ProtectedFolder) -> Result<ProtectFolder, Failure> {
    let visitor = |name: &str| Ok(ProtectVisitor { name: parse("user", name)?, password: None });
    let visitors = folder.visitors.iter().map(|known| visitor(&known.name)).collect::<Result<_, Failure>>()?;
    Ok(ProtectFolder { path: parse("path", &folder.path)?, realm: parse("realm", &folder.realm)?, visitors })
}

async fn put(id: SiteId, folders: &[ProtectFolder], domain: &str, path: &str, wait: bool, context: &Context) -> Result<(), Failure> {
    let accepted = context.client.site_protect(id, folders).await?;
    let words = Words {
        begun: format!("Who may enter {path} of {domain} is being changed."),
        doing: format!("Changing who may enter {path} of {domain}"),
        done: format!("Who may enter {path} of {domain} is changed."),
    };
    finish(&accepted, wait, &words, context).await
}
