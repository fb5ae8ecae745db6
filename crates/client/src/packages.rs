//! Packages.

use crate::{Client, Error};
use nusantara_api::jobs::JobAccepted;
use nusantara_api::packages::{CreatePackage, PackageEffect, PackageList, PackageView, UpdatePackage};
use nusantara_api::{Page, PageQuery};
use nusantara_types::PackageName;
use serde_json::json;

const PACKAGES: [&str; 3] = ["api", "v1", "packages"];

fn package(name: &PackageName) -> [&str; 4] {
    ["api", "v1", "packages", name.as_str()]
}

impl Client {
    /// `GET /api/v1/packages`, in order of name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn package_list(&self) -> Result<PackageList, Error> {
        self.get(&PACKAGES).await
    }

    /// `POST /api/v1/packages`.
    ///
    /// # Errors
    /// [`Error`]; `name_taken` when there is one of that name.
    pub async fn package_create(&self, request: &CreatePackage) -> Result<PackageView, Error> {
        self.post(&PACKAGES, request).await
    }

    /// `PUT /api/v1/packages/{name}`. Accounts keep the limits they have.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such package.
    pub async fn package_update(&self, name: &PackageName, request: &UpdatePackage) -> Result<PackageView, Error> {
        self.put(&package(name), request).await
    }

    /// `DELETE /api/v1/packages/{name}`.
    ///
    /// # Errors
    /// [`Error`]; `package_in_use` while accounts have it.
    pub async fn package_delete(&self, name: &PackageName) -> Result<(), Error> {
        self.delete_silently(&package(name)).await
    }

    /// `GET /api/v1/packages/{name}/plan`: what applying it would do, account by account.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such package.
    pub async fn package_plan(&self, name: &PackageName) -> Result<Vec<PackageEffect>, Error> {
        let [api, v1, packages, name] = package(name);
        let segments = [api, v1, packages, name, "plan"];
        let page = async |cursor, limit| -> Result<Page<PackageEffect>, Error> {
            self.get_with(&segments, &PageQuery { cursor, limit: Some(limit) }).await
        };
        self.collect(usize::MAX, page).await
    }

    /// `POST /api/v1/packages/{name}/apply`: gives all accounts that have it its limits.
    ///
    /// # Errors
    /// [`Error`]; `not_found` when there is no such package.
    pub async fn package_apply(&self, name: &PackageName) -> Result<JobAccepted, Error> {
        let [api, v1, packages, name] = package(name);
        self.post(&[api, v1, packages, name, "apply"], &json!({})).await
    }
}
