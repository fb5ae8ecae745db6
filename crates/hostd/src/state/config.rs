//! `/etc/nusantara-panel/hostd.toml`: few keys, unknown ones refused, every one with a default.

use serde::Deserialize;
use std::path::Path;

/// hostd's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Connections served at once; further ones are told to come back. 1 to 4,096.
    pub(crate) max_connections: u16,
    /// Minutes without a PHP request after which an account's PHP is stopped; its socket keeps listening. 1 to 1,440.
    pub(crate) php_idle_stop_minutes: u16,
    /// Days for which a name that an account gave up is given to no other account without an administrator's consent. 0 to 365.
    pub(crate) released_names_days: u16,
    /// Days for which the last copy of a deleted account is kept. 1 to 3,650.
    pub(crate) last_copy_days: u16,
    /// How much is logged.
    pub(crate) log_level: LogLevel,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogLevel {
    /// Only what needs a look.
    Warn,
    /// Operations and their outcome.
    Info,
    /// Every step with its duration.
    Debug,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_connections: 64,
            php_idle_stop_minutes: 5,
            released_names_days: 30,
            last_copy_days: 30,
            log_level: if cfg!(debug_assertions) { LogLevel::Debug } else { LogLevel::Info },
        }
    }
}

impl Config {
    /// Reads the file; a missing one means the defaults.
    ///
    /// # Errors
    /// A sentence that names the file, the key and what is allowed.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|e| format!("{}: {e}", path.display())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(format!("{}: {e}", path.display())),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let document = toml::Deserializer::parse(text).map_err(|e| e.to_string())?;
        let config: Self = serde_path_to_error::deserialize(document).map_err(|e| format!("{}: {}", e.path(), e.inner()))?;
        if !(1..=4_096).contains(&config.max_connections) {
            return Err("max_connections must be between 1 and 4096".to_owned());
        }
        if !(1..=1_440).contains(&config.php_idle_stop_minutes) {
            return Err("php_idle_stop_minutes must be between 1 and 1440".to_owned());
        }
        if config.released_names_days > 365 {
            return Err("released_names_days must be between 0 and 365".to_owned());
        }
        if !(1..=3_650).contains(&config.last_copy_days) {
            return Err("last_copy_days must be between 1 and 3650".to_owned());
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn the_shipped_file_parses() {
        let shipped = include_str!("../../../../packaging/root/etc/nusantara-panel/hostd.toml");
        assert_eq!(Config::parse(shipped).unwrap(), Config::default());
        let switched_on: String =
            shipped.lines().map(|line| line.strip_prefix("#").filter(|l| l.contains(" = ")).unwrap_or(line).to_owned() + "\n").collect();
        assert_eq!(
            Config::parse(&switched_on).unwrap(),
            Config { log_level: super::LogLevel::Info, ..Config::default() },
            "it shows the defaults"
        );
    }

    #[test]
    fn keys_are_checked() {
        assert_eq!(Config::parse("").unwrap(), Config::default());
        assert_eq!(Config::parse("max_connections = 9").unwrap().max_connections, 9);
        for (text, named) in [
            ("max_connection = 9", "max_connection"),
            ("max_connections = 0", "max_connections"),
            ("php_idle_stop_minutes = \"x\"", "php_idle_stop_minutes"),
            ("released_names_days = 366", "released_names_days"),
            ("last_copy_days = 0", "last_copy_days"),
        ] {
            let error = Config::parse(text).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
