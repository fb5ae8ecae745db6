//! Logins for FTP over TLS: names and passwords of their own, which lead into one folder of an account and work with its uid.

use crate::parse::{Invalid, string_newtype};
use crate::sites::VisitorHash;
use crate::{DocRoot, Username};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The account's own part of an FTP login: `^[a-z][a-z0-9-]{0,30}$`, not ending in a hyphen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FtpName(String);

impl TryFrom<String> for FtpName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (1..=31).contains(&s.len())
            && s.as_bytes()[0].is_ascii_lowercase()
            && !s.ends_with('-')
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(s))
        } else {
            Err(Invalid::new("name", "use up to 31 lower-case letters, digits and hyphens, starting with a letter"))
        }
    }
}
string_newtype!(FtpName);

impl FtpName {
    /// What is typed into an FTP program: `<username>.<name>`. A dot, because clients and URLs give `@` a meaning of its own;
    /// neither part can hold one, so no two accounts' logins are ever the same.
    #[must_use]
    pub fn login(&self, username: &Username) -> String {
        format!("{username}.{self}")
    }
}

/// An FTP login of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FtpAccount {
    /// Its name within the account.
    pub name: FtpName,
    /// The folder below the home that it sees as its root, and nothing beside it.
    pub folder: DocRoot,
    /// Hash of its password.
    pub hash: VisitorHash,
    /// Whether it is let in.
    pub enabled: bool,
}

/// FTP of an account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FtpService {
    /// Whether any of the logins is let in.
    pub enabled: bool,
    /// The logins, each name once.
    #[serde(default)]
    pub accounts: Vec<FtpAccount>,
}

impl FtpService {
    /// What is wrong with the list when an account may have `most` logins.
    #[must_use]
    pub fn violation(&self, most: u32) -> Option<String> {
        if self.accounts.len() > most as usize {
            return Some(format!("{} are listed, the account's limit is {most}", self.accounts.len()));
        }
        let mut names = BTreeSet::new();
        let twice = self.accounts.iter().find(|login| !names.insert(&login.name));
        twice.map(|login| format!("{} is listed twice", login.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_an_accounts_own() {
        let joko: Username = "joko".parse().unwrap();
        assert_eq!("web-1".parse::<FtpName>().unwrap().login(&joko), "joko.web-1");
        for bad in ["", "-a", "a-", "A", "a.b", "a:b", "a@b", "a b", "a\n", "1a", "a/b", &"a".repeat(32)] {
            assert!(bad.parse::<FtpName>().is_err(), "{bad:?}");
        }
    }
}
