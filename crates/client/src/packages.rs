//! Packages.

use crate::{Client, Error};
use nusantara_api::accounts::PackageList;

impl Client {
    /// `GET /api/v1/packages`, in order of name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn package_list(&self) -> Result<PackageList, Error> {
        self.get(&["api", "v1", "packages"]).await
    }
}
