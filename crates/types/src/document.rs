//! The six files as one document: what an export is and an import takes.

use crate::{Account, AccountSpec, Domains, Limits, Meta, SchemaVersion, Services, Ssh};
use serde::{Deserialize, Serialize};

/// The six files as one document. Of a whole account it holds what its spec says, with hashes of FTP logins and visitors and with
/// its apps' environments; not its files, and not the password of its Linux user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecDocument {
    /// Version of this document's layout.
    pub schema_version: SchemaVersion,
    /// `account.json`.
    pub account: Account,
    /// `limits.json`.
    pub limits: Limits,
    /// `domains.json`.
    pub domains: Domains,
    /// `services.json`.
    pub services: Services,
    /// `ssh.json`.
    pub ssh: Ssh,
    /// `meta.json`.
    pub meta: Meta,
}

impl From<AccountSpec> for SpecDocument {
    fn from(spec: AccountSpec) -> Self {
        let AccountSpec { account, limits, domains, services, ssh, meta } = spec;
        Self { schema_version: SchemaVersion, account, limits, domains, services, ssh, meta }
    }
}

impl From<SpecDocument> for AccountSpec {
    fn from(document: SpecDocument) -> Self {
        let SpecDocument { schema_version: _, account, limits, domains, services, ssh, meta } = document;
        Self { account, limits, domains, services, ssh, meta }
    }
}
