//! Values of site settings. Each ends up in a text that nginx or PHP reads, so each is a grammar that holds no character those
//! texts give a meaning to (SECURITY R10): none needs escaping, and none can be more than one value.

use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};

/// Letters, digits and the given bytes.
fn of(text: &str, besides: &[u8]) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || besides.contains(&b))
}

/// Gives a string newtype its definition and its one constructor.
macro_rules! value {
    ($(#[$doc:meta])* $name:ident, $what:literal, $ok:expr, $allowed:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(s: String) -> Result<Self, Invalid> {
                let ok: fn(&str) -> bool = $ok;
                if ok(&s) { Ok(Self(s)) } else { Err(Invalid::new($what, $allowed)) }
            }
        }
        string_newtype!($name);
    };
}

value!(
    /// A path of a URL: `/`, or segments of `[A-Za-z0-9._~-]` without `.` and `..`, up to 255 bytes.
    UrlPath,
    "path",
    |s| s == "/"
        || (s.len() <= 255
            && s.strip_prefix('/').is_some_and(|rest| {
                rest.strip_suffix('/').unwrap_or(rest).split('/').all(|p| !p.is_empty() && p != "." && p != ".." && of(p, b"._~-"))
            })),
    "give a path that starts with a slash, in letters, digits, dots, hyphens, underscores and tildes, up to 255 characters"
);
value!(
    /// The name of a file that answers for a folder.
    IndexFile,
    "index",
    |s| (1..=64).contains(&s.len()) && !s.starts_with(['.', '-']) && of(s, b"._-"),
    "give a file name such as index.html, up to 64 letters, digits, dots, hyphens and underscores"
);
value!(
    /// The name of a header that a site adds to its answers.
    HeaderName,
    "header",
    |s| (1..=64).contains(&s.len()) && s.as_bytes()[0].is_ascii_alphabetic() && of(s, b"-") && !is_kept(s),
    "give a header's name in letters, digits and hyphens, other than those that the web server sets itself"
);
value!(
    /// What such a header says: printable ASCII without `"`, `\` and `$`, up to 1,024 bytes.
    HeaderValue,
    "header value",
    |s| (1..=1_024).contains(&s.len()) && s.bytes().all(|b| (b' '..=b'~').contains(&b) && !b"\"\\$".contains(&b)) && s.trim() == s,
    "give up to 1024 printable characters without double quotes, backslashes and dollar signs, not starting or ending with a space"
);
value!(
    /// The name of a cookie.
    CookieName,
    "cookie",
    |s| (1..=64).contains(&s.len()) && of(s, b"_"),
    "give a cookie's name in letters, digits and underscores, up to 64 characters"
);
value!(
    /// What a browser shows when it asks for a password.
    Realm,
    "realm",
    |s| (1..=64).contains(&s.len()) && of(s, b" ._-") && s.trim() == s,
    "give up to 64 letters, digits, spaces, dots, hyphens and underscores"
);
value!(
    /// Who may enter a protected folder.
    VisitorName,
    "name",
    |s| (1..=64).contains(&s.len()) && of(s, b"._@-"),
    "give up to 64 letters, digits, dots, hyphens, underscores and @"
);
value!(
    /// The password of such a visitor, hashed as SHA-512-crypt (crypt(5)): `$6$`, optional rounds, salt, 86 characters.
    VisitorHash,
    "hash",
    |s| {
        let Some(rest) = s.strip_prefix("$6$") else { return false };
        let rest = match rest.strip_prefix("rounds=").and_then(|rest| rest.split_once('$')) {
            Some((rounds, rest)) if (4..=6).contains(&rounds.len()) && rounds.bytes().all(|b| b.is_ascii_digit()) => rest,
            Some(_) => return false,
            None => rest,
        };
        rest.split_once('$').is_some_and(|(salt, hash)| (1..=16).contains(&salt.len()) && of(salt, b"./") && hash.len() == 86 && of(hash, b"./"))
    },
    "give a SHA-512-crypt hash"
);
value!(
    /// The file name of a unix socket in the account's runtime folder.
    SocketName,
    "socket",
    |s| (1..=64).contains(&s.len()) && !s.starts_with(['.', '-']) && of(s, b"._-"),
    "give a file name such as app.sock, up to 64 letters, digits, dots, hyphens and underscores"
);
value!(
    /// A time zone of the tz database, such as `Asia/Jakarta`.
    TimeZone,
    "time zone",
    |s| s.len() <= 64 && s.split('/').count() <= 3 && s.split('/').all(|p| !p.is_empty() && p.as_bytes()[0].is_ascii_alphabetic() && of(p, b"_+-")),
    "give a time zone such as Asia/Jakarta or UTC"
);

/// Headers that frame the answer, that nginx writes itself, or that have an option of their own.
fn is_kept(name: &str) -> bool {
    const KEPT: [&str; 14] = [
        "connection",
        "content-encoding",
        "content-length",
        "content-range",
        "content-type",
        "date",
        "keep-alive",
        "location",
        "server",
        "status",
        "strict-transport-security",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    // X-Accel-*: what nginx takes as orders when an application sends it.
    KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept)) || name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("x-accel-"))
}

/// Gives a whole number with a range its definition and its one constructor.
macro_rules! ranged {
    ($(#[$doc:meta])* $name:ident, $type:ty, $what:literal, $range:expr, $allowed:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "u64", into = "u64")]
        pub struct $name($type);

        impl $name {
            /// The number.
            #[must_use]
            pub const fn get(self) -> $type {
                self.0
            }
        }
        impl TryFrom<u64> for $name {
            type Error = Invalid;
            fn try_from(n: u64) -> Result<Self, Invalid> {
                match <$type>::try_from(n) {
                    Ok(n) if ($range).contains(&n) => Ok(Self(n)),
                    _ => Err(Invalid::new($what, $allowed)),
                }
            }
        }
        impl From<$name> for u64 {
            fn from(n: $name) -> Self {
                Self::from(n.0)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

ranged!(
    /// A TCP port that accounts may be given for their apps. Below the ports that the kernel hands out by itself.
    AppPort, u16, "port", 20_000..=29_999, "give a port from 20000 to 29999"
);
ranged!(
    /// The largest request body of a site in MiB.
    UploadMiB, u32, "max_upload_mb", 1..=16_384, "give 1 to 16384 MiB"
);
ranged!(
    /// A status that an error page may answer for.
    ErrorStatus, u16, "status", 400..=599, "give a status from 400 to 599"
);
ranged!(
    /// A whole number of seconds, at most a year.
    Seconds, u32, "seconds", 1..=31_536_000, "give 1 to 31536000 seconds"
);
ranged!(
    /// A whole number of days, at most two years.
    Days, u16, "days", 1..=730, "give 1 to 730 days"
);

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

    /// What would be a second value, a variable, a comment or the end of one in nginx, PHP's ini or a shell.
    const HOSTILE: [&str; 16] =
        ["", " ", "a;b", "a{b", "a}b", "a$b", "a\"b", "a'b", "a\\b", "a#b", "a`b", "a\nb", "a\tb", "a\0b", "ä", "a\u{202e}b"];

    #[test]
    fn nothing_that_configuration_gives_a_meaning_to() {
        check::<UrlPath>(&["/", "/a", "/a/b.html", "/a/", "/~x/y_z-1"], &HOSTILE);
        check::<UrlPath>(&[], &["a", "//", "/a//b", "/../a", "/a/..", "/./a", "/a b", "/a?b", "/a%2e"]);
        check::<IndexFile>(&["index.html", "home.php"], &HOSTILE);
        check::<IndexFile>(&[], &["a/b", ".htaccess", "-x", ".."]);
        check::<CookieName>(&["wordpress_logged_in"], &HOSTILE);
        check::<Realm>(&["Staff only"], &HOSTILE);
        check::<VisitorName>(&["sari", "a@b.id"], &HOSTILE);
        check::<VisitorName>(&[], &["a:b"]);
        check::<SocketName>(&["app.sock"], &HOSTILE);
        check::<SocketName>(&[], &["../x", "a/b", ".x"]);
        check::<TimeZone>(&["UTC", "Asia/Jakarta", "America/Argentina/Buenos_Aires", "Etc/GMT+7"], &HOSTILE);
        check::<TimeZone>(&[], &["/etc/passwd", "../x", "Asia//Jakarta"]);
        let quoted: Vec<&str> = HOSTILE.into_iter().filter(|s| !s.contains([';', '{', '}', '\'', '#', '`'])).collect();
        check::<HeaderValue>(&["max-age=60", "default-src 'self'; img-src *"], &quoted);
        check::<HeaderValue>(&[], &[" a", "a "]);
    }

    #[test]
    fn headers_of_the_web_server_stay_its_own() {
        check::<HeaderName>(
            &["X-Frame-Options", "Content-Security-Policy", "Cache-Control"],
            &[
                "",
                "Content-Length",
                "transfer-encoding",
                "X-Accel-Redirect",
                "x-accel-buffering",
                "A:b",
                "A b",
                "-A",
                "Strict-Transport-Security",
            ],
        );
    }

    #[test]
    fn hashes_are_of_one_kind() {
        let hash = "a".repeat(86);
        for ok in [format!("$6$salt${hash}"), format!("$6$rounds=5000$sa.lt/${hash}")] {
            assert!(ok.parse::<VisitorHash>().is_ok(), "{ok}");
        }
        for bad in [format!("$5$salt${hash}"), format!("$6$rounds=9999999$salt${hash}"), format!("$6$${hash}"), "plain".to_owned()] {
            assert!(bad.parse::<VisitorHash>().is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_have_ranges() {
        assert_eq!(AppPort::try_from(20_000).unwrap().get(), 20_000);
        for bad in [0, 80, 19_999, 30_000, 85_536] {
            assert!(AppPort::try_from(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<Days>("0").is_err() && serde_json::from_str::<Days>("-1").is_err());
    }
}
