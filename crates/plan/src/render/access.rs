//! Who may enter the protected parts of a site: files that nginx reads at each request (`auth_basic_user_file`).
//!
//! A file's name is a hash of what it says. So a vhost names exactly the visitors it was rendered with: the files of a new one are
//! there before it goes live, and those of the old one go after.

use nusantara_types::sites::ProtectedFolder;
use nusantara_types::{AccountSpec, Revision};
use std::collections::BTreeMap;

/// Files by name.
pub type AccessFiles = BTreeMap<String, String>;

/// Name and content of a folder's file. Nobody enters by an empty one.
#[must_use]
pub fn file(folder: &ProtectedFolder) -> (String, String) {
    let text: String = folder.visitors.iter().map(|v| format!("{}:{}\n", v.name, v.hash)).collect();
    let hash = Revision::of(&serde_json::Value::from(text.as_str()));
    let name = hash.as_str().trim_start_matches("sha256:").to_owned();
    (name, text)
}

/// The files of all sites of an account.
#[must_use]
pub fn files(spec: &AccountSpec) -> AccessFiles {
    spec.domains.sites().flat_map(|(.., settings)| settings.protected.iter().map(file)).collect()
}
