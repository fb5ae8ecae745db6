//! Typed ids: UUIDv7 underneath, so they sort by creation; two kinds never mix.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh id. Not a secret: use random tokens where guessing matters.
            #[must_use]
            #[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = crate::Invalid;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(s).map(Self).map_err(|_| crate::Invalid::new("id", "give an id as the API returned it (a UUID)"))
            }
        }
    };
}

id!(/// One call to a host daemon; the key under which its outcome can be asked for again.
    RequestId);
id!(/// A job of the panel.
    JobId);
id!(/// Something the panel does at set times.
    ScheduleId);
id!(/// A served site.
    SiteId);
id!(/// A login of the panel.
    UserId);
id!(/// A row of the sessions table; the token itself is a separate secret.
    SessionId);
id!(/// A row of the api_tokens table; the token itself is a separate secret.
    ApiTokenId);
id!(/// A passkey; what its device calls it is something else.
    PasskeyId);
