//! Sites.

use crate::{Client, Error};
use nusantara_api::Page;
use nusantara_api::sites::{CreateSite, Site, SiteAccepted, SiteQuery};
use nusantara_types::{DomainName, RequestId, SiteId};

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
        let all = self.site_list(&SiteQuery::default(), usize::MAX).await?;
        Ok(all.into_iter().find(|site| site.domain == domain.as_str()))
    }

    /// `GET /api/v1/sites/{id}`.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is none.
    pub async fn site_show(&self, id: SiteId) -> Result<Site, Error> {
        self.get(&["api", "v1", "sites", &id.to_string()]).await
    }

    /// `DELETE /api/v1/sites/{id}`. Files stay.
    ///
    /// # Errors
    /// [`Error`]; `primary_site` for an account's first site.
    pub async fn site_delete(&self, id: SiteId) -> Result<SiteAccepted, Error> {
        self.delete(&["api", "v1", "sites", &id.to_string()]).await
    }
}
