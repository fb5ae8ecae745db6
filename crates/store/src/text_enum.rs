//! Closed sets of words that are kept as text, so that a database can be read without this program.

/// Declares an enum whose members are stored as words.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$member_doc:meta])* $member:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$member_doc])* $member,)* }

        impl $name {
            /// The word that is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $text,)* }
            }

            /// Reads the stored word.
            pub(crate) fn parse(text: &str) -> Result<Self, $crate::StoreError> {
                match text {
                    $($text => Ok(Self::$member),)*
                    other => Err($crate::StoreError::Corrupt { what: $what, why: format!("unknown word {other:?}") }),
                }
            }
        }
    };
}
pub(crate) use text_enum;
