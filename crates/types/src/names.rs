//! Names that reach the host: each is a full-match ASCII grammar (SECURITY R4), so none can be read as an option, a path or a directive.

use crate::parse::{Invalid, refuse_control, string_newtype};
use serde::{Deserialize, Serialize};

/// The Linux user name of a hosting account: `^[a-z][a-z0-9]{2,15}$` and not reserved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

/// Names of system users, groups, services and databases that an account must never shadow. hostd additionally refuses
/// whatever its host's name service already knows.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "adm",
    "anonymous",
    "apache",
    "apt",
    "audio",
    "avahi",
    "backup",
    "bin",
    "bind",
    "bitcoin",
    "clamav",
    "cdrom",
    "colord",
    "cron",
    "crontab",
    "daemon",
    "debian",
    "default",
    "dev",
    "dialout",
    "dip",
    "disk",
    "dns",
    "docker",
    "dovecot",
    "etc",
    "exim",
    "fax",
    "floppy",
    "fpm",
    "ftp",
    "ftpd",
    "fwupd",
    "games",
    "git",
    "gnats",
    "guest",
    "halt",
    "home",
    "http",
    "httpd",
    "import",
    "info",
    "input",
    "irc",
    "kmem",
    "kvm",
    "list",
    "localhost",
    "lost",
    "lp",
    "lpadmin",
    "lxd",
    "mail",
    "mailman",
    "mailnull",
    "man",
    "mariadb",
    "master",
    "memcache",
    "memcached",
    "messagebus",
    "monit",
    "mongodb",
    "munin",
    "mysql",
    "named",
    "netdata",
    "network",
    "news",
    "nginx",
    "nobody",
    "nogroup",
    "none",
    "ntp",
    "null",
    "nusantara",
    "nusantarad",
    "operator",
    "panel",
    "plugdev",
    "pma",
    "postfix",
    "postgres",
    "postgresql",
    "postmaster",
    "proc",
    "proftpd",
    "proxy",
    "public",
    "pulse",
    "rabbitmq",
    "redis",
    "render",
    "root",
    "roundcube",
    "rpc",
    "rtkit",
    "sasl",
    "saned",
    "server",
    "sgx",
    "shadow",
    "shutdown",
    "sieve",
    "smmsp",
    "spool",
    "src",
    "ssh",
    "sshd",
    "ssl",
    "staff",
    "static",
    "statd",
    "sudo",
    "support",
    "sync",
    "sys",
    "syslog",
    "system",
    "systemd",
    "tape",
    "tcpdump",
    "test",
    "tftp",
    "tmp",
    "toor",
    "tss",
    "tty",
    "ubuntu",
    "user",
    "users",
    "utmp",
    "uucp",
    "uuidd",
    "varnish",
    "vault",
    "vcsa",
    "video",
    "virtual",
    "voice",
    "vmail",
    "webmail",
    "webmaster",
    "whoopsie",
    "wheel",
    "www",
    "wwwdata",
    "wwwrun",
];

impl TryFrom<String> for Username {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let bytes = s.as_bytes();
        let shape = (3..=16).contains(&bytes.len())
            && bytes[0].is_ascii_lowercase()
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !shape {
            return Err(Invalid::new("username", "use 3 to 16 characters, lower-case letters and digits, starting with a letter"));
        }
        if RESERVED.contains(&s.as_str()) {
            return Err(Invalid::new("username", "this name is reserved for the system; choose another"));
        }
        Ok(Self(s))
    }
}
string_newtype!(Username);

/// A fully qualified domain name, normalised by UTS-46 to lower-case ASCII without a trailing dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DomainName(String);

/// Top-level names that never reach a public site (RFC 6761 and friends). `test` stays allowed: it is meant for trying things out.
const RESERVED_TLDS: &[&str] = &["localhost", "local", "invalid", "onion", "arpa", "internal", "alt", "home", "lan", "corp"];

impl TryFrom<String> for DomainName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        const WHAT: &str = "domain";
        let shape = Invalid::new(WHAT, "give a full domain name such as example.com, up to 253 characters of letters, digits and hyphens");
        refuse_control(WHAT, &s)?;
        // A bound before the IDNA tables run, so that a huge input costs nothing.
        if s.is_empty() || s.len() > 1_024 || s.contains(['/', ':', '@', '*', '%', ' ', '[', ']']) {
            return Err(shape);
        }
        let ascii = idna::domain_to_ascii_strict(&s).map_err(|_| shape.clone())?;
        let labels: Vec<&str> = ascii.split('.').collect();
        let label_ok = |l: &&str| {
            (1..=63).contains(&l.len())
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if ascii.len() > 253 || labels.len() < 2 || !labels.iter().all(label_ok) {
            return Err(shape);
        }
        let top = labels[labels.len() - 1];
        if top.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Invalid::new(WHAT, "an IP address cannot be a site; give a domain name"));
        }
        if RESERVED_TLDS.contains(&top) {
            return Err(Invalid::new(WHAT, "names under this top-level domain are reserved and cannot be hosted"));
        }
        if psl::suffix_str(&ascii) == Some(ascii.as_str()) {
            return Err(Invalid::new(WHAT, "this is a public suffix that belongs to everybody; give a name below it"));
        }
        Ok(Self(ascii))
    }
}
string_newtype!(DomainName);

impl DomainName {
    /// Whether `self` lies strictly below `other`.
    #[must_use]
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.strip_suffix(other.as_str()).is_some_and(|rest| rest.ends_with('.'))
    }

    /// `www.` and this name, unless that would be too long or the name begins so already.
    #[must_use]
    pub fn with_www(&self) -> Option<Self> {
        let fits = self.0.len() <= 249 && !self.0.starts_with("www.");
        fits.then(|| Self(format!("www.{self}")))
    }
}

/// A package (plan) name: `^[a-z][a-z0-9-]{0,31}$`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

impl TryFrom<String> for PackageName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (1..=32).contains(&s.len())
            && s.as_bytes()[0].is_ascii_lowercase()
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(s))
        } else {
            Err(Invalid::new("package", "use up to 32 lower-case letters, digits and hyphens, starting with a letter"))
        }
    }
}
string_newtype!(PackageName);

/// A document root relative to the account's home: one or more segments of `[A-Za-z0-9._-]`, none of them `.` or `..` or
/// starting with a dot or a hyphen, at most 16 segments and 255 bytes. Never absolute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocRoot(String);

impl TryFrom<String> for DocRoot {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let segment_ok = |p: &str| {
            !p.is_empty() && !p.starts_with(['.', '-']) && p.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        };
        let segments = s.split('/');
        if s.len() <= 255 && segments.clone().count() <= 16 && segments.clone().all(segment_ok) {
            Ok(Self(s))
        } else {
            Err(Invalid::new(
                "docroot",
                "give a folder below the home, such as domains/example.com/public_html, in letters, digits, dots, hyphens and underscores",
            ))
        }
    }
}
string_newtype!(DocRoot);

impl DocRoot {
    /// The docroot every domain starts with: `domains/<domain>/public_html`.
    #[must_use]
    pub fn default_for(domain: &DomainName) -> Self {
        // Every character of a DomainName is allowed in a segment, and 8 + 253 + 12 would only pass 255 for names above 235
        // bytes; those are cut to a folder name that stays unique because DNS labels are.
        let mut name = domain.as_str();
        if name.len() > 230 {
            name = &name[..230];
        }
        Self(format!("domains/{}/public_html", name.trim_end_matches(['.', '-'])))
    }
}

/// An e-mail address, held to the shape that mail clients agree on: at most 254 bytes, one `@`, a domain that parses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl TryFrom<String> for EmailAddress {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let bad = Invalid::new("email", "give an address such as name@example.com");
        let (local, domain) = s.rsplit_once('@').ok_or_else(|| bad.clone())?;
        let local_ok = (1..=64).contains(&local.len())
            && !local.starts_with(['.', '-'])
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
        if s.len() > 254 || !local_ok {
            return Err(bad);
        }
        let domain = DomainName::try_from(domain.to_owned()).map_err(|_| bad)?;
        Ok(Self(format!("{local}@{domain}")))
    }
}
string_newtype!(EmailAddress);

/// Who asked, as it is written into ledgers and audit rows: `root`, `system` or the login of a panel user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Actor(String);

impl TryFrom<String> for Actor {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (1..=64).contains(&s.len())
            && s.as_bytes()[0].is_ascii_alphanumeric()
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"._@-".contains(&b));
        if ok { Ok(Self(s)) } else { Err(Invalid::new("actor", "use 1 to 64 letters, digits, dots, hyphens, underscores or @")) }
    }
}
string_newtype!(Actor);

impl Actor {
    /// Work the panel does by itself: schedulers, recovery.
    #[must_use]
    pub fn system() -> Self {
        Self("system".to_owned())
    }
    /// Root at the prompt of the panel's host.
    #[must_use]
    pub fn root() -> Self {
        Self("root".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: TryFrom<String>>(accepted: &[&str], refused: &[&str]) {
        for value in accepted {
            assert!(T::try_from((*value).to_owned()).is_ok(), "{value:?} should be accepted");
        }
        for value in refused {
            assert!(T::try_from((*value).to_owned()).is_err(), "{value:?} should be refused");
        }
    }

    #[test]
    fn usernames() {
        check::<Username>(
            &["joko", "abc", "a1234567890abcde"],
            &[
                "",
                "jo",
                "Joko",
                "1joko",
                "jo ko",
                "joko\n",
                "-joko",
                "jo-ko",
                "root",
                "mysql",
                "nusantara",
                "a1234567890abcdef",
                "jöko",
                "joko\0",
            ],
        );
    }

    #[test]
    fn domains() {
        check::<DomainName>(
            &["example.com", "EXAMPLE.com", "joko.test", "münchen.de", "a.b.c.example.co.id", "xn--mnchen-3ya.de"],
            &[
                "",
                "com",
                "co.id",
                "localhost",
                "foo.localhost",
                "1.2.3.4",
                "[::1]",
                "a..b",
                "-a.com",
                "a-.com",
                "a b.com",
                "a;b.com",
                "a.com\n",
                "*.example.com",
                "example.com/",
                "_dmarc.example.com",
                "a.com:80",
                "exa\u{202e}mple.com",
                "~^.*$.com",
                "$host.com",
            ],
        );
        let long = format!("{}.test", "a".repeat(64));
        assert!(DomainName::try_from(long).is_err());
        assert_eq!("Bücher.Example.COM".parse::<DomainName>().unwrap().as_str(), "xn--bcher-kva.example.com");
    }

    #[test]
    fn below_means_a_whole_label() {
        let parent: DomainName = "example.com".parse().unwrap();
        assert!("a.example.com".parse::<DomainName>().unwrap().is_below(&parent));
        assert!(!"aexample.com".parse::<DomainName>().unwrap().is_below(&parent));
        assert!(!parent.is_below(&parent));
    }

    #[test]
    fn docroots() {
        check::<DocRoot>(
            &["domains/example.com/public_html", "public", "a/b-c/d_e"],
            &["", "/", "/srv", "..", "a/../b", "a//b", "a/", ".ssh", "a/.git", "a b", "a;b", "$arg_x", "a/-b", "a\n"],
        );
    }

    #[test]
    fn the_default_docroot_parses_for_the_longest_domain() {
        let label = "a".repeat(60);
        let long: DomainName = format!("{label}.{label}.{label}.{label}.test").parse().unwrap();
        assert!(DocRoot::try_from(DocRoot::default_for(&long).as_str().to_owned()).is_ok());
    }

    #[test]
    fn emails_packages_actors() {
        check::<EmailAddress>(
            &["a@example.com", "a.b+c@example.co.id"],
            &["", "a", "a@", "@b.com", "a b@c.com", "a@b.com\r\nBcc: x@y.z", "a..b@c.com"],
        );
        check::<PackageName>(&["starter", "pro-2"], &["", "Starter", "-a", "a/b", "../a", "a_b"]);
        check::<Actor>(&["root", "joko", "a@b.com"], &["", "a b", "a\n", "-a"]);
    }
}
