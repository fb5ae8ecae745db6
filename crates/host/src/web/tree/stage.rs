//! The folder `nginx -t -c …/stage/nginx.conf` runs in: links to every entry of `/etc/nginx`, except that `nusantara` names what
//! is to be judged: the spare tree, or an excerpt of it. Our own include lines are relative, and nginx resolves those against the
//! folder of its `-c` file.

use super::ConfFile;
use crate::Result;
use crate::error::Explain;
use crate::replace::{Access, dir_now, link_now, open_dir, read_now, remove_now, scratch_links_now, write_now};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What makes nginx read the live tree. Relative on purpose: see above.
const INCLUDE: &str = "# Nusantara Panel keeps its sites below nusantara/. Changes here are overwritten.\n\
                       include nusantara/*.conf;\n\
                       include nusantara/sites/*.conf;\n";
const LINK: &str = "nusantara";
/// The folder beside the trees that shows some files of one of them, by links.
const EXCERPT: &str = "excerpt";
/// The folder of the accounts' files in a tree.
const SITES: &str = "sites";

/// The file that makes nginx read the live tree, and what it says.
#[must_use]
pub fn include(web: &Path) -> (PathBuf, &'static str) {
    (web.join("conf.d/nusantara-panel.conf"), INCLUDE)
}

/// Whether nginx's configuration leads to the live tree.
#[must_use]
pub fn includes_ours(root: &Path, web: &Path) -> bool {
    let (file, text) = include(web);
    let leads = rustix::fs::readlink(web.join(LINK), Vec::new()).is_ok_and(|to| to.to_bytes() == root.join("live").as_os_str().as_bytes());
    leads && read_now(&file).is_ok_and(|live| live.as_deref() == Some(text.as_bytes()))
}

/// Makes nginx's configuration lead to the live tree of `root`.
///
/// # Errors
/// What the kernel says; [`crate::HostErrorKind::Exists`] when `<web>/nusantara` is something else than a link.
pub async fn include_ours(root: &Path, web: &Path) -> Result<()> {
    let (root, web) = (root.to_owned(), web.to_owned());
    crate::blocking::run(move || include_ours_now(&root, &web)).await
}

fn include_ours_now(root: &Path, web: &Path) -> Result<()> {
    link_now(&root.join("live"), &web.join(LINK))?;
    let (file, text) = include(web);
    if read_now(&file)?.as_deref() != Some(text.as_bytes()) {
        write_now(&file, text.as_bytes(), Access::PUBLIC)?;
    }
    Ok(())
}

/// nginx's words about a configuration it does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NginxRefusal {
    /// The first `[emerg]` line, without the place.
    pub message: String,
    /// The file at fault, when it is one of the tree.
    pub conf: Option<ConfFile>,
    /// The file at fault as an admin knows it: `/etc/nginx/…`.
    pub file: Option<String>,
    /// The line in it, from 1.
    pub line: Option<u32>,
}

/// What `nginx -t` says about live tree + delta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It would be taken.
    Accepted,
    /// It would not.
    Refused(NginxRefusal),
}

impl NginxRefusal {
    /// Whether nginx failed for want of memory, disk or open files: no text is at fault then.
    pub(super) fn is_the_hosts_fault(&self) -> bool {
        // strerror's numbers as nginx prints them: ENOMEM, ENFILE, EMFILE, ENOSPC.
        ["(12: ", "(23: ", "(24: ", "(28: "].iter().any(|errno| self.message.contains(errno))
    }
}

/// The stage folder.
#[derive(Debug)]
pub(super) struct Stage {
    path: PathBuf,
    web: PathBuf,
    /// Beside `path`.
    excerpt: PathBuf,
    /// Entries of `web` that have their link; `None` until the first look.
    linked: Option<BTreeSet<OsString>>,
    points_at: Option<&'static str>,
}

impl Stage {
    pub(super) fn open(root: &Path, web: &Path) -> Result<Self> {
        drop(open_dir(web)?);
        let path = root.join("stage");
        dir_now(&path, 0o700, None)?;
        include_ours_now(root, web)?;
        Ok(Self { path, excerpt: root.join(EXCERPT), web: web.to_owned(), linked: None, points_at: None })
    }

    /// Makes the stage show some files of the tree `side` and everything that `/etc/nginx` has now. Returns the file for `-c`.
    pub(super) fn point_at_some<'a>(&mut self, side: &'static str, files: impl Iterator<Item = &'a ConfFile>) -> Result<PathBuf> {
        let (mut top, mut sites) = (Vec::new(), Vec::new());
        for path in files.map(ConfFile::path) {
            let name = path.file_name().unwrap_or_default().to_owned();
            let (folder, up) = if path.starts_with(SITES) { (&mut sites, "../..") } else { (&mut top, "..") };
            folder.push((name, Path::new(up).join(side).join(&path)));
        }
        scratch_links_now(&self.excerpt, &top)?;
        scratch_links_now(&self.excerpt.join(SITES), &sites)?;
        self.point_at(EXCERPT)
    }

    /// Makes the stage show the tree `side` and everything that `/etc/nginx` has now. Returns the file for `-c`.
    pub(super) fn point_at(&mut self, side: &'static str) -> Result<PathBuf> {
        let mut wanted = list(&self.web)?;
        wanted.remove(std::ffi::OsStr::new(LINK));
        if self.linked.as_ref() != Some(&wanted) {
            for gone in list(&self.path)?.difference(&wanted).filter(|name| *name != LINK) {
                remove_now(&self.path.join(gone))?;
            }
            for name in &wanted {
                link_now(&self.web.join(name), &self.path.join(name))?;
            }
            self.linked = Some(wanted);
        }
        if self.points_at != Some(side) {
            link_now(&Path::new("..").join(side), &self.path.join(LINK))?;
            self.points_at = Some(side);
        }
        Ok(self.path.join("nginx.conf"))
    }

    /// Takes apart `nginx: [emerg] unknown directive "x" in /…/stage/nusantara/sites/joko.conf:12`.
    pub(super) fn read_refusal(&self, said: &str) -> NginxRefusal {
        let first = said.lines().find(|l| l.contains("[emerg]")).or_else(|| said.lines().next()).unwrap_or("nginx gave no reason");
        let message = without_prefix(first).to_owned();
        let place = message.rsplit_once(" in ").and_then(|(text, place)| {
            let (file, line) = place.rsplit_once(':')?;
            Some((text.to_owned(), file.to_owned(), line.parse().ok()?))
        });
        let Some((text, file, line)) = place else { return NginxRefusal { message, conf: None, file: None, line: None } };
        let below = file.strip_prefix(&format!("{}/", self.path.display())).map(str::to_owned);
        let conf = below.as_deref().and_then(|f| f.strip_prefix("nusantara/")).and_then(ConfFile::from_path);
        let shown = below.map_or(file, |f| self.web.join(f).display().to_string());
        NginxRefusal { message: text, conf, file: Some(shown), line: Some(line) }
    }
}

/// Leaves out what precedes the words: `nginx: [emerg] `, or `2026/11/20 20:08:34 [emerg] 435#435: ` once a log is open.
fn without_prefix(line: &str) -> &str {
    let words = line.split_once("[emerg] ").map_or(line, |(_, words)| words);
    let numbers = |process: &str| !process.is_empty() && process.bytes().all(|b| b.is_ascii_digit() || b == b'#');
    match words.split_once(": ") {
        Some((process, words)) if numbers(process) => words,
        _ => words.trim_start_matches("nginx: "),
    }
}

fn list(folder: &Path) -> Result<BTreeSet<OsString>> {
    let what = || format!("list {}", folder.display());
    let mut names = BTreeSet::new();
    for entry in rustix::fs::Dir::read_from(open_dir(folder)?).explain(what)? {
        let entry = entry.explain(what)?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.insert(std::ffi::OsStr::from_bytes(name).to_owned());
        }
    }
    Ok(names)
}
