//! The one error that every constructor of this crate answers with.

/// A value was refused. `allowed` says in plain words what would have been accepted, so that it can be shown to a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not valid: {allowed}")]
pub struct Invalid {
    /// The kind of value, such as `username`.
    pub what: &'static str,
    /// What is allowed, as a sentence fragment.
    pub allowed: &'static str,
}

impl Invalid {
    pub(crate) const fn new(what: &'static str, allowed: &'static str) -> Self {
        Self { what, allowed }
    }
}

/// Refuses NUL, line ends, C0 and C1 controls and bidirectional overrides (SECURITY R12).
///
/// # Errors
/// [`Invalid`] naming `what` when such a character is present.
pub fn refuse_control(what: &'static str, text: &str) -> Result<(), Invalid> {
    let hostile = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    if text.chars().any(hostile) {
        return Err(Invalid::new(what, "it must not contain control characters, line ends or text-direction marks"));
    }
    Ok(())
}

/// Gives a string newtype its serde, `Display`, `FromStr` and accessors, all through its `TryFrom<String>`.
macro_rules! string_newtype {
    ($name:ident) => {
        impl $name {
            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::Invalid;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::try_from(s.to_owned())
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(crate) use string_newtype;
