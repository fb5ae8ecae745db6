//! Databases of an account and the users that may enter them. Every name is a grammar without anything that SQL could read as more than
//! a name (SECURITY R31), begins with a username and so tells whose it was made for.

use crate::Username;
use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `^<username>_[a-z0-9_]+$`, at most 48 characters. Two names that a server has itself have this shape too and are no account's.
fn is_owned_name(text: &str) -> bool {
    let Some((username, rest)) = text.split_once('_') else { return false };
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let of_the_server = matches!(text, "information_schema" | "performance_schema");
    text.len() <= 48 && !rest.is_empty() && rest.bytes().all(plain) && username.parse::<Username>().is_ok() && !of_the_server
}

const ALLOWED: &str =
    "use the username, an underscore, and lower-case letters, digits and underscores, at most 48 characters in all, such as joko_shop";

/// The name of a database: the username of the account it was made for, an underscore and a part of its own. An account that gets
/// another name keeps its databases under the names they have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatabaseName(String);

impl TryFrom<String> for DatabaseName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        if is_owned_name(&s) { Ok(Self(s)) } else { Err(Invalid::new("database", ALLOWED)) }
    }
}
string_newtype!(DatabaseName);

impl DatabaseName {
    /// Whether it is a name that this account makes databases under.
    #[must_use]
    pub fn is_of(&self, username: &Username) -> bool {
        self.prefix() == username.as_str()
    }

    /// The username it begins with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.split_once('_').map_or("", |(username, _)| username)
    }
}

/// The name of a database user, made like that of a database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatabaseUserName(String);

impl TryFrom<String> for DatabaseUserName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        if is_owned_name(&s) { Ok(Self(s)) } else { Err(Invalid::new("user", ALLOWED)) }
    }
}
string_newtype!(DatabaseUserName);

impl DatabaseUserName {
    /// Whether it is a name that this account makes users under.
    #[must_use]
    pub fn is_of(&self, username: &Username) -> bool {
        self.prefix() == username.as_str()
    }

    /// The username it begins with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.split_once('_').map_or("", |(username, _)| username)
    }
}

/// What a MariaDB server keeps of a password (`mysql_native_password`): a star and 40 upper-case hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DatabaseHash(String);

impl TryFrom<String> for DatabaseHash {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let digits = s.strip_prefix('*').unwrap_or_default();
        let digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        if digits.len() == 40 && digits.bytes().all(digit) {
            Ok(Self(s))
        } else {
            Err(Invalid::new("hash", "give a star and 40 upper-case hexadecimal digits, as mysql_native_password keeps them"))
        }
    }
}
string_newtype!(DatabaseHash);

impl std::fmt::Debug for DatabaseHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseHash(…)")
    }
}

/// What a user may do in a database. Nothing of it reaches another database, the server or its files, and none of it may be passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseRights {
    /// Look at tables and views.
    Read,
    /// Everything that a program needs of a database of its own: rows, tables, views, triggers, routines.
    Full,
}

impl DatabaseRights {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Full => "full",
        }
    }
}

/// A database of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Its name.
    pub name: DatabaseName,
}

/// What a user may do in one database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseGrant {
    /// In which database of the account.
    pub database: DatabaseName,
    /// What.
    pub rights: DatabaseRights,
}

/// A database user of an account. It comes in on this host only, through the server's socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseUser {
    /// Its name.
    pub name: DatabaseUserName,
    /// What the server keeps of its password.
    pub hash: DatabaseHash,
    /// What it may do, each database once.
    #[serde(default)]
    pub grants: Vec<DatabaseGrant>,
}

/// What an account has on one database server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseServer {
    /// Databases, each name once.
    #[serde(default)]
    pub databases: Vec<Database>,
    /// Users, each name once.
    #[serde(default)]
    pub users: Vec<DatabaseUser>,
}

impl DatabaseServer {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.databases.is_empty() && self.users.is_empty()
    }

    /// Whether it has this database.
    #[must_use]
    pub fn has(&self, name: &DatabaseName) -> bool {
        self.databases.iter().any(|database| database.name == *name)
    }

    /// One of its users.
    #[must_use]
    pub fn user(&self, name: &DatabaseUserName) -> Option<&DatabaseUser> {
        self.users.iter().find(|user| user.name == *name)
    }
}

/// Databases of the account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseService {
    /// Whether its users are let in.
    #[serde(default)]
    pub enabled: bool,
    /// On MariaDB.
    #[serde(default, skip_serializing_if = "DatabaseServer::is_empty")]
    pub mariadb: DatabaseServer,
}

impl DatabaseService {
    /// What is wrong with the lists when an account may have so many databases and users: the field and a sentence.
    #[must_use]
    pub fn violation(&self, databases: u32, users: u32) -> Option<(&'static str, String)> {
        let DatabaseServer { databases: listed, users: logins } = &self.mariadb;
        let too_many =
            |count: usize, most: u32| (count > most as usize).then(|| format!("{count} are listed, the account's limit is {most}"));
        if let Some(message) = too_many(listed.len(), databases) {
            return Some(("databases.mariadb.databases", message));
        }
        if let Some(message) = too_many(logins.len(), users) {
            return Some(("databases.mariadb.users", message));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = listed.iter().find(|database| !names.insert(&database.name)) {
            return Some(("databases.mariadb.databases", format!("{} is listed twice", twice.name)));
        }
        let mut seen = BTreeSet::new();
        for user in logins {
            if !seen.insert(&user.name) {
                return Some(("databases.mariadb.users", format!("{} is listed twice", user.name)));
            }
            let mut granted = BTreeSet::new();
            for DatabaseGrant { database, .. } in &user.grants {
                if !names.contains(database) {
                    return Some(("databases.mariadb.users", format!("{}: {database} is no database of this account", user.name)));
                }
                if !granted.insert(database) {
                    return Some(("databases.mariadb.users", format!("{}: {database} is listed twice", user.name)));
                }
            }
        }
        None
    }
}

/// A database user as a server has it, or shall.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlUser {
    /// What is kept of its password; none when it comes in by something else than a password of the usual kind.
    pub hash: Option<DatabaseHash>,
    /// Whether nobody comes in as it.
    pub locked: bool,
    /// What it may do.
    pub grants: BTreeMap<DatabaseName, DatabaseRights>,
    /// What it has besides that no spec gives: rights on other things, roles, another number of connections. Each a few words.
    pub beyond: BTreeSet<String>,
}

/// Database users by name.
pub type SqlUsers = BTreeMap<DatabaseUserName, SqlUser>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_username_and_holds_nothing_but_a_name() {
        let joko: Username = "joko".parse().unwrap();
        for good in ["joko_shop", "joko_a", "joko_1", "joko__x", "joko_a_b", &format!("joko_{}", "x".repeat(43))] {
            assert!(good.parse::<DatabaseName>().unwrap().is_of(&joko), "{good}");
            assert!(good.parse::<DatabaseUserName>().unwrap().is_of(&joko), "{good}");
        }
        let long = format!("joko_{}", "x".repeat(44));
        for bad in [
            "",
            "joko",
            "joko_",
            "_shop",
            "joko-shop",
            "joko_Shop",
            "joko_%",
            "joko_`",
            "joko_a.b",
            "joko_a\n",
            "joko_é",
            "jo_shop",
            "1joko_x",
            "mysql_x",
            "root_x",
            "nusantara_panel",
            "information_schema",
            "performance_schema",
            "joko_a'",
            "joko_a\\",
            &long,
        ] {
            assert!(bad.parse::<DatabaseName>().is_err(), "{bad:?}");
            assert!(bad.parse::<DatabaseUserName>().is_err(), "{bad:?}");
        }
        assert!(!"jokowi_shop".parse::<DatabaseName>().unwrap().is_of(&joko));
        assert_eq!("joko_a_b".parse::<DatabaseName>().unwrap().prefix(), "joko");
    }

    #[test]
    fn a_hash_is_what_the_server_keeps_and_is_not_shown() {
        let hash: DatabaseHash = "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19".parse().unwrap();
        assert_eq!(format!("{hash:?}"), "DatabaseHash(…)");
        for bad in [
            "",
            "*",
            "2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
            "*2470c0c06dee42fd1618bb99005adca2ec9d1e19",
            "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E1'",
        ] {
            assert!(bad.parse::<DatabaseHash>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_lists_hold_together() {
        let service = |value: serde_json::Value| -> DatabaseService { serde_json::from_value(value).unwrap() };
        let user = |name: &str, databases: &[&str]| {
            let grants: Vec<_> = databases.iter().map(|name| serde_json::json!({ "database": name, "rights": "full" })).collect();
            serde_json::json!({ "name": name, "hash": format!("*{}", "A".repeat(40)), "grants": grants })
        };
        let of = |databases: &[&str], users: Vec<serde_json::Value>| {
            let databases: Vec<_> = databases.iter().map(|name| serde_json::json!({ "name": name })).collect();
            service(serde_json::json!({ "enabled": true, "mariadb": { "databases": databases, "users": users } }))
        };
        assert_eq!(of(&["joko_a"], vec![user("joko_u", &["joko_a"]), user("joko_v", &["joko_a"])]).violation(1, 2), None);
        for (wrong, said) in [
            (of(&["joko_a", "joko_b"], vec![]), "limit is 1"),
            (of(&["joko_a", "joko_a"], vec![]), "limit is 1"),
            (of(&["joko_a"], vec![user("joko_u", &[]), user("joko_v", &[]), user("joko_w", &[])]), "limit is 2"),
            (of(&["joko_a"], vec![user("joko_u", &[]), user("joko_u", &[])]), "joko_u is listed twice"),
            (of(&["joko_a"], vec![user("joko_u", &["joko_a", "joko_a"])]), "joko_a is listed twice"),
            (of(&["joko_a"], vec![user("joko_u", &["sari_a"])]), "no database of this account"),
        ] {
            let (_, message) = wrong.violation(1, 2).unwrap();
            assert!(message.contains(said), "{message}");
        }
        assert_eq!(serde_json::to_string(&DatabaseService::default()).unwrap(), r#"{"enabled":false}"#, "revisions of before stay");
    }
}
