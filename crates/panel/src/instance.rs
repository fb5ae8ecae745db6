//! Which panel this is among those that share a database: a name that its state folder keeps, so that what one process left running is
//! taken up by the next at once, and by other panels only when its lease has run out.

use nusantara_types::RequestId;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the process before this one may take to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// This panel, for as long as the process lives: nobody else can be it.
#[derive(Debug)]
pub(crate) struct Instance {
    /// Its name.
    pub(crate) name: String,
    _held: File,
}

impl Instance {
    /// The panel whose state folder this is.
    ///
    /// # Errors
    /// A sentence for the log, also when another process is this panel.
    pub(crate) fn of(state_dir: &Path) -> Result<Self, String> {
        let path = state_dir.join("instance");
        let broken = |e: std::io::Error| format!("{}: {e}", path.display());
        let mut file = std::fs::OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path).map_err(broken)?;
        let began = Instant::now();
        while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if began.elapsed() > PATIENCE {
                return Err(format!("another panel runs with the state folder {}: {error}", state_dir.display()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let mut id = String::new();
        file.read_to_string(&mut id).map_err(broken)?;
        if id.trim().parse::<RequestId>().is_err() {
            file.set_len(0).map_err(broken)?;
            id = RequestId::generate().to_string();
            writeln!(file, "{id}").and_then(|()| file.sync_all()).map_err(broken)?;
        }
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        // The name of a machine may be longer than what the database keeps of an owner.
        let machine: String = machine.chars().filter(|c| c.is_ascii_graphic() && *c != '/' && *c != '%' && *c != '_').take(64).collect();
        Ok(Self { name: format!("{machine}:{}", id.trim()), _held: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_panel_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let first = Instance::of(folder.path()).unwrap();
        let name = first.name.clone();
        let other = tempfile::tempdir().unwrap();
        assert_ne!(Instance::of(other.path()).unwrap().name, name);
        let held = flock(File::open(folder.path().join("instance")).unwrap(), FlockOperation::NonBlockingLockExclusive);
        assert!(held.is_err(), "one process at a time");
        drop(first);
        assert_eq!(Instance::of(folder.path()).unwrap().name, name);
    }
}
