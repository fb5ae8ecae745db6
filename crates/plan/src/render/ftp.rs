//! FTP over TLS: the logins of an account as pure-ftpd's virtual users, and the unit of the one server that all accounts share.

use crate::paths;
use askama::Template;
use nusantara_types::{AccountSpec, AccountStatus, FIRST_ACCOUNT_UID};

/// The unit of the server.
pub const UNIT: &str = "nusantara-ftp.service";
/// Ports of data connections: above those of apps, below those that the kernel hands out by itself.
const PORTS: (u16, u16) = (30_000, 30_199);
/// Connections at once: from everybody (each may need one more port for data), from one address, and of one login.
const CLIENTS: (u16, u16, u16) = (100, 20, 10);

#[derive(Template)]
#[template(path = "ftp.service", escape = "none")]
struct ServiceTemplate {
    homes: &'static str,
    database: &'static str,
    certificate: &'static str,
    first_uid: u32,
    ports: (u16, u16),
    clients: (u16, u16, u16),
}

/// `nusantara-ftp.service`.
#[must_use]
pub fn service() -> String {
    super::text(&ServiceTemplate {
        homes: paths::FTP_HOMES,
        database: paths::FTP_DATABASE,
        certificate: paths::HOST_CERTIFICATE,
        first_uid: FIRST_ACCOUNT_UID,
        ports: PORTS,
        clients: CLIENTS,
    })
}

/// The logins that are let in, a line each; `None` when there is none: FTP is off, or the account is suspended.
///
/// A line is `login:hash:uid:gid:gecos:folder` and twelve limits, all empty. `/./` says where the login's root ends: at the folder.
#[must_use]
pub fn logins(spec: &AccountSpec) -> Option<String> {
    let (account, service) = (&spec.account, &spec.services.ftp);
    if !service.enabled || account.status == AccountStatus::Suspended {
        return None;
    }
    let (username, uid) = (&account.username, account.uid);
    let line = |login: &nusantara_types::FtpAccount| {
        let (name, folder) = (login.name.login(username), &login.folder);
        format!("{name}:{}:{uid}:{uid}::{}/{username}/{folder}/./::::::::::::\n", login.hash, paths::FTP_HOMES)
    };
    let lines: String = service.accounts.iter().filter(|login| login.enabled).map(line).collect();
    (!lines.is_empty()).then_some(lines)
}
