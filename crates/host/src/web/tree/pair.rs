//! Two folders, `a` and `b`, and the link `live` that names one of them.
//!
//! Kept in memory: which files each side has, and in which files they differ. So a change costs as much as it changes, not as
//! much as there is; and after a swap the same set of differing files tells what the new spare side lacks.

use super::{Change, ConfFile};
use crate::Result;
use crate::error::Explain;
use crate::replace::{Access, dir_now, link_now, open_dir, read_now, remove_now, write_now};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One of the two folders.
#[derive(Debug)]
struct Side {
    name: &'static str,
    path: PathBuf,
    /// Its files, each with the number of logs it makes nginx open.
    files: BTreeMap<ConfFile, usize>,
}

/// Both.
#[derive(Debug)]
pub(super) struct Pair {
    link: PathBuf,
    live: Side,
    spare: Side,
    differ: BTreeSet<ConfFile>,
}

impl Pair {
    pub(super) fn open(root: &Path) -> Result<Self> {
        dir_now(root, 0o700, None)?;
        let (a, b) = (Side::open(root, "a")?, Side::open(root, "b")?);
        let link = root.join("live");
        let (live, spare) = match target(&link)?.as_deref() {
            Some("a") => (a, b),
            Some("b") => (b, a),
            // The first start, or somebody's hand: `a` it is, and the next converge writes what is missing.
            _ => {
                link_now(Path::new("a"), &link)?;
                (a, b)
            }
        };
        let mut pair = Self { link, live, spare, differ: BTreeSet::new() };
        pair.compare()?;
        pair.apply_spare(&[])?;
        Ok(pair)
    }

    /// Finds by content in which files the sides differ.
    fn compare(&mut self) -> Result<()> {
        let both: BTreeSet<ConfFile> = self.live.files.keys().chain(self.spare.files.keys()).cloned().collect();
        for file in both {
            if self.live.read(&file)? != self.spare.read(&file)? {
                self.differ.insert(file);
            }
        }
        Ok(())
    }

    pub(super) fn apply_spare(&mut self, delta: &[Change]) -> Result<()> {
        let new: BTreeSet<&ConfFile> = delta.iter().map(|(file, _)| file).collect();
        for file in self.differ.clone() {
            if !new.contains(&file) {
                let content = self.live.read(&file)?;
                self.spare.put(&file, content.as_deref())?;
                self.differ.remove(&file);
            }
        }
        for (file, content) in delta {
            // Noted first: a write that fails half-way leaves a difference too.
            self.differ.insert(file.clone());
            self.spare.put(file, content.as_deref())?;
        }
        Ok(())
    }

    pub(super) fn swap(&mut self) -> Result<()> {
        let swapped = link_now(Path::new(self.spare.name), &self.link);
        // The rename may have happened even if making it durable failed: what the link says is what nginx will read.
        if target(&self.link)?.as_deref() == Some(self.spare.name) {
            std::mem::swap(&mut self.live, &mut self.spare);
        }
        swapped
    }

    pub(super) fn live_files(&self) -> Result<BTreeMap<ConfFile, [u8; 32]>> {
        let mut hashes = BTreeMap::new();
        for file in self.live.files.keys() {
            if let Some(content) = self.live.read(file)? {
                hashes.insert(file.clone(), Sha256::digest(content).into());
            }
        }
        Ok(hashes)
    }

    pub(super) fn live_file(&self, file: &ConfFile) -> Result<Option<Vec<u8>>> {
        self.live.read(file)
    }

    pub(super) fn live_log_files(&self) -> usize {
        self.live.files.values().sum()
    }

    /// The files that a swap would change. Before the first change of a pair that was just opened: none.
    pub(super) fn changed(&self) -> &BTreeSet<ConfFile> {
        &self.differ
    }

    /// How many logs the given files of the spare side name, at most; all of them for `None`.
    pub(super) fn spare_log_files(&self, of: Option<&BTreeSet<ConfFile>>) -> usize {
        let files = &self.spare.files;
        of.map_or_else(|| files.values().sum(), |of| of.iter().filter_map(|file| files.get(file)).sum())
    }

    /// Which of the given files the spare side has.
    pub(super) fn spare_has<'a>(&'a self, of: &'a BTreeSet<ConfFile>) -> impl Iterator<Item = &'a ConfFile> {
        of.iter().filter(|file| self.spare.files.contains_key(file))
    }

    pub(super) fn spare_name(&self) -> &'static str {
        self.spare.name
    }
}

impl Side {
    /// Opens a side and removes what is not one of its files: nginx includes by pattern and would read it.
    fn open(root: &Path, name: &'static str) -> Result<Self> {
        let path = root.join(name);
        dir_now(&path, 0o700, None)?;
        dir_now(&path.join("sites"), 0o700, None)?;
        let mut side = Self { name, path, files: BTreeMap::new() };
        for folder in ["", "sites/"] {
            for entry in side.list(folder)? {
                let entry = format!("{folder}{entry}");
                if entry == "sites" {
                    continue;
                }
                match ConfFile::from_path(&entry) {
                    Some(file) => {
                        let logs = side.read(&file)?.map_or(0, |content| log_files(&content));
                        side.files.insert(file, logs);
                    }
                    None => remove_now(&side.path.join(entry))?,
                }
            }
        }
        Ok(side)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.path.join(folder);
        let entries = rustix::fs::Dir::read_from(open_dir(&path)?).explain(|| format!("list {}", path.display()))?;
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.explain(|| format!("list {}", path.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn read(&self, file: &ConfFile) -> Result<Option<Vec<u8>>> {
        read_now(&self.path.join(file.path()))
    }

    fn put(&mut self, file: &ConfFile, content: Option<&[u8]>) -> Result<()> {
        let path = self.path.join(file.path());
        match content {
            Some(bytes) => {
                write_now(&path, bytes, Access::SECRET)?;
                self.files.insert(file.clone(), log_files(bytes));
            }
            None => {
                remove_now(&path)?;
                self.files.remove(file);
            }
        }
        Ok(())
    }
}

/// An upper bound of the log files a configuration text names.
fn log_files(content: &[u8]) -> usize {
    let names_a_log = |line: &&[u8]| {
        let line = line.trim_ascii_start();
        line.starts_with(b"access_log ") || line.starts_with(b"error_log ")
    };
    content.split(|b| *b == b'\n').filter(names_a_log).count()
}

fn target(link: &Path) -> Result<Option<String>> {
    match rustix::fs::readlink(link, Vec::new()) {
        Ok(target) => Ok(target.into_string().ok()),
        Err(Errno::NOENT | Errno::INVAL) => Ok(None),
        Err(e) => Err(e).explain(|| format!("read the link {}", link.display())),
    }
}
