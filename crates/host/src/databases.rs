//! MariaDB, spoken to as root through its own client and its socket (DEPENDENCIES: no driver in root's programs).
//!
//! Statements go in on standard input, so no process list shows them. What is put into them is of types whose grammars hold nothing that
//! SQL could read as more than a name or a hash. In a grant, where a name is a pattern, `_` is escaped (SECURITY R31).

use crate::command::{Arg, Options, Output, Program, run, run_ok};
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::databases::{DatabaseRights, SqlUser, SqlUsers};
use nusantara_types::{DatabaseName, DatabaseUserName};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long statements may take that only look or change what the server remembers.
const QUICK: Duration = Duration::from_secs(30);
/// How long the removal of a database may take: files of any size go.
const SLOW: Duration = Duration::from_secs(1_800);
/// The most that the server may say: two users of each of 10,000 accounts are 4 MiB.
const MOST_SAID: usize = 64 * 1024 * 1024;

/// Connections that one user may have at once, so that no account takes all of a server that has 151.
pub const MOST_CONNECTIONS: u32 = 20;

/// The rights of a whole database, as the columns of `mysql.db` say them, and the word of each in a grant. Without GRANT OPTION, which would
/// pass rights on, and without EVENT, whose work goes on when nobody is let in any more.
const RIGHTS: [(&str, &str, bool); 18] = [
    ("Select_priv", "SELECT", true),
    ("Insert_priv", "INSERT", false),
    ("Update_priv", "UPDATE", false),
    ("Delete_priv", "DELETE", false),
    ("Create_priv", "CREATE", false),
    ("Drop_priv", "DROP", false),
    ("References_priv", "REFERENCES", false),
    ("Index_priv", "INDEX", false),
    ("Alter_priv", "ALTER", false),
    ("Create_tmp_table_priv", "CREATE TEMPORARY TABLES", false),
    ("Lock_tables_priv", "LOCK TABLES", false),
    ("Create_view_priv", "CREATE VIEW", false),
    ("Show_view_priv", "SHOW VIEW", true),
    ("Create_routine_priv", "CREATE ROUTINE", false),
    ("Alter_routine_priv", "ALTER ROUTINE", false),
    ("Execute_priv", "EXECUTE", false),
    ("Trigger_priv", "TRIGGER", false),
    ("Delete_history_priv", "DELETE HISTORY", false),
];
/// Columns beside them that are never to say yes.
const NEVER: [&str; 2] = ["Grant_priv", "Event_priv"];

/// What shall be in those columns, in their order.
fn columns(rights: DatabaseRights) -> String {
    let of = |read: bool| if read || rights == DatabaseRights::Full { 'Y' } else { 'N' };
    RIGHTS.iter().map(|(.., read)| of(*read)).chain(NEVER.iter().map(|_| 'N')).collect()
}

/// Whether server and client are installed.
#[must_use]
pub fn installed() -> bool {
    Program::Mariadbd.path().is_file() && Program::Mariadb.path().is_file()
}

/// Whether an error says that the server is not installed, or cannot be reached.
#[must_use]
pub fn is_away(error: &HostError) -> bool {
    let unreachable =
        |detail: &String| ["ERROR 2002", "ERROR 2003", "ERROR 2006", "ERROR 2013"].iter().any(|code| detail.starts_with(code));
    error.kind == HostErrorKind::NotFound || error.detail.as_ref().is_some_and(unreachable)
}

/// What of the asked for databases and users is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Databases.
    pub databases: BTreeSet<DatabaseName>,
    /// Users of this host. One of the same name that comes in from elsewhere was made by a hand and is left alone.
    pub users: SqlUsers,
}

/// Looks at every database and user on the server whose name an account could have.
///
/// # Errors
/// See [`is_away`]; else what the server said.
pub async fn look() -> Result<Seen> {
    let said = said("look at the databases", &look_statements(), QUICK).await?;
    Ok(read(&said))
}

/// Names of the shape that an account's have.
const SHAPE: &str = "'^[a-z][a-z0-9]{2,15}_[a-z0-9_]+$'";

fn look_statements() -> String {
    let privileges: Vec<String> = RIGHTS.iter().map(|(column, ..)| format!("`{column}`")).chain(NEVER.map(|c| format!("`{c}`"))).collect();
    let privileges = privileges.join(",");
    let mut out = format!(
        "SELECT 'd', SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME REGEXP BINARY {SHAPE};\n\
         SELECT 'u', User, IF(JSON_VALUE(Priv, '$.plugin') = 'mysql_native_password' AND NOT JSON_EXISTS(Priv, '$.auth_or'), \
         COALESCE(JSON_VALUE(Priv, '$.authentication_string'), ''), ''), COALESCE(JSON_VALUE(Priv, '$.account_locked'), 'false'), \
         COALESCE(JSON_VALUE(Priv, '$.access'), 0), COALESCE(JSON_VALUE(Priv, '$.max_user_connections'), 0) \
         FROM mysql.global_priv WHERE Host = 'localhost' AND User REGEXP BINARY {SHAPE};\n\
         SELECT 'g', User, IF(Db REGEXP BINARY '^[a-z0-9_\\\\\\\\]+$', Db, '?'), CONCAT({privileges}) \
         FROM mysql.db WHERE Host = 'localhost' AND User REGEXP BINARY {SHAPE};\n"
    );
    for (table, what) in [("tables_priv", "rights on tables"), ("columns_priv", "rights on columns"), ("procs_priv", "rights on routines")]
    {
        out +=
            &format!("SELECT DISTINCT 'b', User, '{what}' FROM mysql.{table} WHERE Host = 'localhost' AND User REGEXP BINARY {SHAPE};\n");
    }
    out + &format!(
        "SELECT DISTINCT 'b', User, 'a role' FROM mysql.roles_mapping WHERE Host = 'localhost' AND User REGEXP BINARY {SHAPE};\n"
    )
}

/// The pattern by which a grant names exactly this database.
fn pattern(name: &DatabaseName) -> String {
    name.as_str().replace('_', "\\_")
}

/// The database that a pattern of a grant names, when it names exactly one.
fn exact(pattern: &str) -> Option<DatabaseName> {
    let name: DatabaseName = pattern.replace("\\_", "_").parse().ok()?;
    (self::pattern(&name) == pattern).then_some(name)
}

/// Reads what [`look_statements`] brings. What it cannot make sense of counts as something beyond what a spec gives.
fn read(said: &str) -> Seen {
    let mut seen = Seen::default();
    let rows: Vec<Vec<&str>> = said.lines().map(|line| line.split('\t').collect()).collect();
    for row in &rows {
        match row.as_slice() {
            ["d", name] => seen.databases.extend(name.parse::<DatabaseName>().ok()),
            ["u", name, hash, locked, access, connections] => {
                let Ok(name) = name.parse::<DatabaseUserName>() else { continue };
                let mut user = SqlUser { hash: hash.parse().ok(), locked: matches!(*locked, "true" | "1"), ..SqlUser::default() };
                if *access != "0" {
                    user.beyond.insert("rights on the whole server".to_owned());
                }
                if *connections != MOST_CONNECTIONS.to_string() {
                    user.beyond.insert("another number of connections".to_owned());
                }
                seen.users.insert(name, user);
            }
            _ => {}
        }
    }
    for row in &rows {
        let (["g", name, ..] | ["b", name, ..]) = row.as_slice() else { continue };
        let Some(user) = name.parse::<DatabaseUserName>().ok().and_then(|name| seen.users.get_mut(&name)) else { continue };
        match row.as_slice() {
            ["g", _, database, rights] => {
                let known = [DatabaseRights::Read, DatabaseRights::Full].into_iter().find(|known| columns(*known) == **rights);
                match (exact(database), known) {
                    (Some(database), Some(rights)) => drop(user.grants.insert(database, rights)),
                    _ => drop(user.beyond.insert(format!("unusual rights in {database}"))),
                }
            }
            ["b", _, what] => drop(user.beyond.insert((*what).to_owned())),
            _ => {}
        }
    }
    seen
}

/// Makes a database, unless it is there.
///
/// # Errors
/// As [`look`].
pub async fn create(name: &DatabaseName) -> Result<()> {
    let statement = format!("CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4;\n");
    said(&format!("make the database {name}"), &statement, QUICK).await.map(drop)
}

/// Removes a database with all that is in it, if it is there.
///
/// # Errors
/// As [`look`].
pub async fn remove(name: &DatabaseName) -> Result<()> {
    said(&format!("remove the database {name}"), &format!("DROP DATABASE IF EXISTS `{name}`;\n"), SLOW).await.map(drop)
}

/// Removes a database when neither a table nor a routine is in it; whether it is gone.
///
/// # Errors
/// As [`look`].
pub async fn remove_empty(name: &DatabaseName) -> Result<bool> {
    let counts = format!(
        "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{name}';\n\
         SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '{name}';\n"
    );
    if said(&format!("look into the database {name}"), &counts, QUICK).await?.lines().any(|line| line != "0") {
        return Ok(false);
    }
    remove(name).await.map(|()| true)
}

/// Brings users from one state to another; those that are the same in both are not touched, so that nobody's rights are away for a
/// moment. Sessions end of users that went or are not what they were.
///
/// # Errors
/// As [`look`].
pub async fn set_users(before: &SqlUsers, after: &SqlUsers) -> Result<()> {
    let statements = users_statements(before, after);
    if statements.is_empty() {
        return Ok(());
    }
    said("set up database users", &statements, QUICK).await?;
    // Only now: who is asked to leave cannot come back by what was so before. A user without a session is no error.
    let ends = before.iter().filter(|(name, user)| after.get(*name) != Some(user));
    let ends: String = ends.map(|(name, _)| format!("KILL HARD USER `{name}`@`localhost`;\n")).collect();
    if ends.is_empty() { Ok(()) } else { said("end sessions of database users", &ends, QUICK).await.map(drop) }
}

fn users_statements(before: &SqlUsers, after: &SqlUsers) -> String {
    let mut out = String::new();
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        out += &format!("DROP USER IF EXISTS `{name}`@`localhost`;\n");
    }
    for (name, user) in after.iter().filter(|(name, user)| before.get(*name) != Some(user)) {
        if before.get(name).is_some_and(|seen| !seen.beyond.is_empty()) {
            out += &format!("DROP USER IF EXISTS `{name}`@`localhost`;\n");
        }
        out += &user_statements(name, user);
    }
    out
}

fn user_statements(name: &DatabaseUserName, SqlUser { hash, locked, grants, .. }: &SqlUser) -> String {
    // Without a hash there was something else that nobody of ours makes: nobody comes in until it is put right.
    let by = hash.as_ref().map_or("IDENTIFIED VIA mysql_native_password USING 'invalid'".to_owned(), |hash| {
        format!("IDENTIFIED VIA mysql_native_password USING '{hash}'")
    });
    let lock = if *locked || hash.is_none() { "LOCK" } else { "UNLOCK" };
    let with = format!("REQUIRE NONE WITH MAX_USER_CONNECTIONS {MOST_CONNECTIONS} ACCOUNT {lock}");
    let mut out = format!(
        "CREATE USER IF NOT EXISTS `{name}`@`localhost` {by} {with};\n\
         ALTER USER `{name}`@`localhost` {by} {with};\n\
         REVOKE ALL PRIVILEGES, GRANT OPTION FROM `{name}`@`localhost`;\n"
    );
    for (database, rights) in grants {
        let words: Vec<&str> =
            RIGHTS.iter().filter(|(.., read)| *read || *rights == DatabaseRights::Full).map(|(_, word, _)| *word).collect();
        out += &format!("GRANT {} ON `{}`.* TO `{name}`@`localhost`;\n", words.join(", "), pattern(database));
    }
    out
}

/// Bytes and tables of these databases, as the server estimates them. One that is not there is not in the answer.
///
/// # Errors
/// As [`look`].
pub async fn sizes(names: &BTreeSet<DatabaseName>) -> Result<(String, BTreeMap<DatabaseName, (u64, u64)>)> {
    let list: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    let list = if list.is_empty() { "''".to_owned() } else { list.join(",") };
    let statements = format!(
        "SELECT VERSION();\n\
         SELECT s.SCHEMA_NAME, CAST(COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), 0) AS UNSIGNED), COUNT(t.TABLE_NAME) \
         FROM information_schema.SCHEMATA s LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME \
         AND t.TABLE_SCHEMA IN ({list}) WHERE s.SCHEMA_NAME IN ({list}) GROUP BY s.SCHEMA_NAME;\n"
    );
    let said = said("measure databases", &statements, QUICK).await?;
    let mut lines = said.lines();
    let version = lines.next().unwrap_or_default().to_owned();
    let row = |line: &str| {
        let mut cells = line.split('\t');
        let name = cells.next()?.parse().ok()?;
        Some((name, (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?)))
    };
    Ok((version, lines.filter_map(row).collect()))
}

/// Rows of anonymous users and of what everybody may do in databases called `test`: a fresh installation may have both.
const DOORS: [(&str, &str); 2] = [("global_priv", "User = ''"), ("db", "User IN ('', 'PUBLIC') AND (Db = 'test' OR Db = 'test\\\\_%')")];

/// Whether the running server lets no SQL reach files of the host.
///
/// # Errors
/// As [`look`].
pub async fn is_set() -> Result<bool> {
    let statement = "SELECT @@local_infile, @@have_symlink, COALESCE(@@secure_file_priv, 'NULL');\n";
    let said = said("ask the database server for its settings", statement, QUICK).await?;
    Ok(matches!(said.trim().split('\t').collect::<Vec<_>>().as_slice(), ["0", "DISABLED", "/root/" | "/root"]))
}

/// Whether it also has nobody that comes in without a name, and nothing that belongs to everybody.
///
/// # Errors
/// As [`look`].
pub async fn is_guarded() -> Result<bool> {
    let counts: String = DOORS.map(|(table, which)| format!("SELECT COUNT(*) FROM mysql.{table} WHERE {which};\n")).concat();
    let said = said("look for open doors of the database server", &counts, QUICK).await?;
    Ok(said.lines().all(|line| line == "0") && is_set().await?)
}

/// Shuts those doors.
///
/// # Errors
/// As [`look`].
pub async fn close_doors() -> Result<()> {
    let statements = DOORS.map(|(table, which)| format!("DELETE FROM mysql.{table} WHERE {which};\n")).concat() + "FLUSH PRIVILEGES;\n";
    said("shut open doors of the database server", &statements, QUICK).await.map(drop)
}

/// Whether the server takes these settings.
///
/// # Errors
/// [`HostErrorKind::Tool`] with what it does not know.
pub async fn test_settings(text: &str) -> Result<()> {
    let args = ["--defaults-file=/dev/stdin", "--user=mysql", "--help", "--verbose"].map(Arg::fixed);
    let options = Options { stdin: Some(text.as_bytes().to_vec()), ..Options::default() };
    run_ok(Program::Mariadbd, &args, options, "have the database server's settings judged").await.map(drop)
}

/// Gives the client statements of ours, and answers with what came back: rows of cells between tabs. The client stops at the first
/// statement that fails.
async fn said(what: &str, statements: &str, patience: Duration) -> Result<String> {
    if !installed() {
        return Err(HostError::new(HostErrorKind::NotFound, what).detail("MariaDB is not installed"));
    }
    let words = [
        "--no-defaults",
        "--batch",
        "--raw",
        "--skip-column-names",
        "--binary-mode",
        "--default-character-set=utf8mb4",
        "--protocol=socket",
    ];
    let mut args: Vec<Arg> = words.into_iter().map(Arg::fixed).collect();
    // Its socket on Debian and Ubuntu.
    args.extend([Arg::fixed("--user=root"), Arg::fixed("--socket=/run/mysqld/mysqld.sock")]);
    let options = Options { stdin: Some(statements.as_bytes().to_vec()), timeout: patience, output_cap: MOST_SAID, ..Options::default() };
    let output = run(Program::Mariadb, &args, options).await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(HostError::new(HostErrorKind::Tool, what).detail(without_text(&output)))
}

/// The error's number and sentence. A syntax error would repeat a part of the statement, which may hold a hash.
fn without_text(output: &Output) -> String {
    let said = output.stderr_text();
    let line = said.lines().find(|line| line.starts_with("ERROR")).unwrap_or("the client gave no reason");
    line.split(" near '").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(letter: char) -> String {
        format!("*{}", letter.to_string().repeat(40))
    }

    fn user(letter: char, locked: bool, grants: &[(&str, DatabaseRights)]) -> SqlUser {
        let grants = grants.iter().map(|(name, rights)| (name.parse().unwrap(), *rights)).collect();
        SqlUser { hash: hash(letter).parse().ok(), locked, grants, beyond: BTreeSet::new() }
    }

    #[test]
    fn a_grant_names_one_database_and_none_that_looks_like_it() {
        let statements = user_statements(&"joko_app".parse().unwrap(), &user('A', false, &[("joko_a_b", DatabaseRights::Read)]));
        assert!(statements.contains("GRANT SELECT, SHOW VIEW ON `joko\\_a\\_b`.* TO `joko_app`@`localhost`;"), "{statements}");
        assert!(statements.contains("ACCOUNT UNLOCK") && !statements.contains("WITH GRANT"), "{statements}");
        let full = user_statements(&"joko_app".parse().unwrap(), &user('A', true, &[("joko_a", DatabaseRights::Full)]));
        for word in ["FILE", "SUPER", "PROCESS", "EVENT", "ALL PRIVILEGES ON", "*.*"] {
            assert!(!full.contains(word), "{word}");
        }
        assert!(full.contains("ACCOUNT LOCK"), "{full}");
    }

    #[test]
    fn what_is_the_same_is_not_touched() {
        let name = |name: &str| name.parse::<DatabaseUserName>().unwrap();
        let before: SqlUsers = [(name("joko_a"), user('A', false, &[])), (name("joko_b"), user('B', false, &[]))].into();
        let mut after = before.clone();
        assert_eq!(users_statements(&before, &after), "");
        after.remove(&name("joko_a"));
        after.insert(name("joko_c"), user('C', false, &[]));
        let statements = users_statements(&before, &after);
        assert!(statements.starts_with("DROP USER IF EXISTS `joko_a`@`localhost`;\nCREATE USER IF NOT EXISTS `joko_c`"), "{statements}");
        assert!(!statements.contains("joko_b"), "{statements}");
    }

    #[test]
    fn what_is_there_is_read_and_what_is_strange_is_told() {
        let (read_only, full) = (columns(DatabaseRights::Read), columns(DatabaseRights::Full));
        assert_eq!((read_only.len(), full.matches('N').count()), (20, 2));
        let said = format!(
            "d\tjoko_shop\nd\tinformation_schema\n\
             u\tjoko_app\t{a}\tfalse\t0\t20\nu\tjoko_old\t\ttrue\t0\t20\nu\tjoko_root\t{a}\tfalse\t8\t0\n\
             g\tjoko_app\tjoko\\_shop\t{full}\ng\tjoko_root\tjoko_shop\t{full}\ng\tjoko_root\t?\t{full}\ng\tjoko_old\tjoko\\_shop\tYYNNNNNNNNNNYNNNNNNN\n\
             b\tjoko_root\ta role\ng\tnobody_here\tx\t{full}\n",
            a = hash('A')
        );
        let seen = read(&said);
        assert_eq!(seen.databases.iter().map(DatabaseName::as_str).collect::<Vec<_>>(), ["joko_shop"]);
        let of = |name: &str| seen.users.get(&name.parse().unwrap()).cloned().unwrap();
        assert_eq!(of("joko_app"), user('A', false, &[("joko_shop", DatabaseRights::Full)]));
        assert_eq!((of("joko_old").hash, of("joko_old").locked, of("joko_old").beyond.len()), (None, true, 1));
        let strange: Vec<String> = of("joko_root").beyond.into_iter().collect();
        let expected =
            ["a role", "another number of connections", "rights on the whole server", "unusual rights in ?", "unusual rights in joko_shop"];
        assert_eq!(strange, expected, "a pattern that is not escaped reaches others");
    }
}
