//! Sites.

use crate::{Client, Error};
use nusantara_api::Page;
use nusantara_api::logs::{LogPage, SiteLogQuery};
use nusantara_api::sites::{CreateSite, ProtectFolder, Site, SiteAccepted, SiteDetail, SiteQuery, UpdateSite};
use nusantara_types::{DomainName, RequestId, SiteId};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const SITES: [&str; 3] = ["api", "v1", "sites"];

impl Client {
    /// `POST /api/v1/sites`. The same `key` sent again does not make a second site.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when the domain is in use, `limit_reached` when the package allows no more.
    pub async fn site_create(&self, request: &CreateSite, key: RequestId) -> Result<SiteAccepted, Error> {
        self.create(&SITES, request, key).await
    }

    /// `GET /api/v1/sites`: one page, in order of name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn site_page(&self, query: &SiteQuery) -> Result<Page<Site>, Error> {
        self.get_with(&SITES, query).await
    }

    /// The first `limit` sites that `filter` lets through, in order of name; its cursor and limit are not looked at.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn site_list(&self, filter: &SiteQuery, limit: usize) -> Result<Vec<Site>, Error> {
        self.collect(limit, async |cursor, limit| self.site_page(&SiteQuery { cursor, limit: Some(limit), ..filter.clone() }).await).await
    }

    /// The site of this name, if the caller may see it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn site_find(&self, domain: &DomainName) -> Result<Option<Site>, Error> {
        let filter = SiteQuery { domain: Some(domain.to_string()), ..SiteQuery::default() };
        Ok(self.site_page(&filter).await?.items.into_iter().next())
    }

    /// `GET /api/v1/sites/{id}`, with what the host has for it.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn site_show(&self, id: SiteId) -> Result<SiteDetail, Error> {
        self.get(&["api", "v1", "sites", &id.to_string()]).await
    }

    /// `PUT /api/v1/sites/{id}`: all its settings as they shall be.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change of its account is under way.
    pub async fn site_update(&self, id: SiteId, request: &UpdateSite) -> Result<SiteAccepted, Error> {
        self.put(&["api", "v1", "sites", &id.to_string()], request).await
    }

    /// `PUT /api/v1/sites/{id}/protected`: all protected folders as they shall be.
    ///
    /// # Errors
    /// [`Error`]; `account_busy` while another change of its account is under way.
    pub async fn site_protect(&self, id: SiteId, folders: &[ProtectFolder]) -> Result<SiteAccepted, Error> {
        let folders: Vec<Value> = folders.iter().map(folder).collect();
        self.put(&["api", "v1", "sites", &id.to_string(), "protected"], &json!({ "folders": folders })).await
    }

    /// `GET /api/v1/sites/{id}/logs`.
    ///
    /// # Errors
    /// [`Error`]; `host_unavailable` while the host daemon does not answer.
    pub async fn site_logs(&self, id: SiteId, query: &SiteLogQuery) -> Result<LogPage, Error> {
        self.get_with(&["api", "v1", "sites", &id.to_string(), "logs"], query).await
    }

    /// `DELETE /api/v1/sites/{id}`. Files stay.
    ///
    /// # Errors
    /// [`Error`]; `primary_site` for an account's first site.
    pub async fn site_delete(&self, id: SiteId) -> Result<SiteAccepted, Error> {
        self.delete(&["api", "v1", "sites", &id.to_string()]).await
    }
}

/// A folder with its visitors' passwords, which their type does not write by itself.
fn folder(folder: &ProtectFolder) -> Value {
    let visitors = folder.visitors.iter().map(|visitor| match &visitor.password {
        Some(password) => json!({ "name": visitor.name, "password": password.expose_secret() }),
        None => json!({ "name": visitor.name }),
    });
    json!({ "path": folder.path, "realm": folder.realm, "visitors": visitors.collect::<Vec<_>>() })
}
