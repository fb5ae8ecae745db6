//! Which PHP branches a host can serve.

use nusantara_types::PhpVersion;
use std::path::Path;

/// PHP branches whose FPM is installed, in ascending order (8.10 after 8.9), by the programs that Debian and Ubuntu install:
/// `/usr/sbin/php-fpm8.2`.
#[must_use]
pub fn branches() -> Vec<PhpVersion> {
    branches_in(Path::new("/usr/sbin"))
}

fn branches_in(folder: &Path) -> Vec<PhpVersion> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PhpVersion> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix("php-fpm")?.parse().ok()).collect();
    found.sort_by_key(numbers);
    found
}

/// Major and minor number, for ordering: as text, 8.10 would come before 8.9.
#[must_use]
pub fn numbers(version: &PhpVersion) -> (u8, u8) {
    let (major, minor) = version.as_str().split_once('.').unwrap_or(("0", "0"));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "fixtures of a test")]
mod tests {
    use super::*;

    #[test]
    fn branches_come_in_order_and_strangers_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["php-fpm8.10", "php-fpm8.9", "php-fpm7.4", "php-fpm", "php-fpm8.2.1", "php8.2", "nginx", "php-fpm8.2-wrapper"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found: Vec<String> = branches_in(folder.path()).into_iter().map(String::from).collect();
        assert_eq!(found, ["7.4", "8.9", "8.10"]);
        assert!(branches_in(Path::new("/nonexistent")).is_empty());
    }
}
