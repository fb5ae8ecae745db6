//! Values that must never reach a log, an error text or a debug print (SECURITY R27).

/// A secret string: zeroed when dropped, `Debug` prints a placeholder, deserialises but never serialises.
pub type Secret = secrecy::SecretString;
