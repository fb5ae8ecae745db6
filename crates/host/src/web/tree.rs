//! The two configuration trees and the stage folder.

mod pair;
mod stage;

use crate::blocking::run;
use crate::command::{self, Arg, Options, Program};
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::Username;
use pair::Pair;
use stage::Stage;
pub use stage::{NginxRefusal, Verdict, include, include_ours, includes_ours};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long `nginx -t` may take: 4 s were seen with 5,000 sites that each have a certificate.
const TEST_PATIENCE: Duration = Duration::from_secs(120);

/// A file of the tree. There are no others, so no caller can name a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfFile {
    /// `00-panel.conf`: what all sites share.
    Panel,
    /// `sites/<username>.conf`: the vhosts of an account.
    Site(Username),
}

impl ConfFile {
    /// Its path below a tree.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Panel => PathBuf::from("00-panel.conf"),
            Self::Site(username) => PathBuf::from(format!("sites/{username}.conf")),
        }
    }

    /// The file that a path below a tree names, if it is one.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        match path.strip_prefix("sites/") {
            None => (path == "00-panel.conf").then_some(Self::Panel),
            Some(name) => Username::try_from(name.strip_suffix(".conf")?.to_owned()).ok().map(Self::Site),
        }
    }
}

/// One change of a tree: a file's new content, or `None` to remove it.
pub type Change = (ConfFile, Option<Vec<u8>>);

/// The trees. One owner at a time (`&mut self`): the daemon's group commit.
#[derive(Debug)]
pub struct Tree {
    pair: Arc<Mutex<Pair>>,
    stage: Arc<Mutex<Stage>>,
    /// nginx has taken the live tree as a whole since this was opened, and nothing has made that doubtful.
    whole_is_sound: bool,
}

impl Tree {
    /// Opens the trees below `root` (`/var/lib/nusantara-hostd/nginx`) and the links in `web` (`/etc/nginx`), making what is
    /// missing: `a/`, `b/`, `live`, `stage/`, `<web>/nusantara`, `<web>/conf.d/nusantara-panel.conf`. The spare tree is made
    /// equal to the live one by comparing every file, because a crash may have left anything in it.
    ///
    /// # Errors
    /// What the kernel says; [`HostErrorKind::NotFound`] when `web` is not there (nginx is not installed),
    /// [`HostErrorKind::Exists`] when `<web>/nusantara` is something else than a link.
    pub async fn open(root: &Path, web: &Path) -> Result<Self> {
        let (root, web) = (root.to_owned(), web.to_owned());
        run(move || {
            let pair = Pair::open(&root)?;
            let stage = Stage::open(&root, &web)?;
            Ok(Self { pair: Arc::new(Mutex::new(pair)), stage: Arc::new(Mutex::new(stage)), whole_is_sound: false })
        })
        .await
    }

    /// Makes the spare tree = live tree + `delta`, whatever it was before. Durable when it returns.
    ///
    /// # Errors
    /// What the kernel says. The live tree is untouched in any case.
    pub async fn apply_spare(&mut self, delta: Vec<Change>) -> Result<()> {
        let pair = Arc::clone(&self.pair);
        run(move || lock(&pair).apply_spare(&delta)).await
    }

    /// Lets `nginx -t` judge the spare tree, in the place it will have: with everything else of `/etc/nginx` around it.
    ///
    /// Once nginx has taken a whole tree, later ones are judged by the files that differ from it, beside the panel's own: the
    /// files of two accounts share nothing, so a thousand others need not be read again for one. What only the whole could show
    /// the reload still finds, which reads everything; [`Tree::doubt`] then makes the next test a whole one.
    ///
    /// # Errors
    /// When nginx could not be asked, or could not answer for lack of files, memory or disk; a refusal is a [`Verdict`].
    pub async fn test(&mut self) -> Result<Verdict> {
        let (pair, stage, whole_is_sound) = (Arc::clone(&self.pair), Arc::clone(&self.stage), self.whole_is_sound);
        let (conf, whole) = run(move || {
            let pair = lock(&pair);
            let excerpt = if whole_is_sound { excerpt(pair.changed()) } else { None };
            // nginx opens every log during the test; it inherits the limit of this process.
            super::limits::allow_open_files(None, pair.spare_log_files(excerpt.as_ref()))?;
            let mut stage = lock(&stage);
            Ok(match &excerpt {
                Some(files) => (stage.point_at_some(pair.spare_name(), pair.spare_has(files))?, false),
                None => (stage.point_at(pair.spare_name())?, true),
            })
        })
        .await?;
        let args = ["-t".into(), "-q".into(), "-c".into(), Arg::value(conf)?];
        let options = Options { timeout: TEST_PATIENCE, ..Options::default() };
        let output = command::run(Program::Nginx, &args, options).await?;
        if output.status.success() {
            self.whole_is_sound |= whole;
            return Ok(Verdict::Accepted);
        }
        let refusal = lock(&self.stage).read_refusal(&output.stderr_text());
        if refusal.is_the_hosts_fault() {
            return Err(HostError::new(HostErrorKind::Tool, "test the web server's configuration").detail(refusal.message));
        }
        Ok(Verdict::Refused(refusal))
    }

    /// Says that nginx did not take what it had accepted: the next test reads the whole tree.
    pub fn doubt(&mut self) {
        self.whole_is_sound = false;
    }

    /// Exchanges live and spare by one rename. Called again before the next [`Tree::apply_spare`], it goes back.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn swap(&mut self) -> Result<()> {
        let pair = Arc::clone(&self.pair);
        run(move || lock(&pair).swap()).await
    }

    /// Makes the spare tree equal to the live one again.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn discard_spare(&mut self) -> Result<()> {
        self.apply_spare(Vec::new()).await
    }

    /// The files of the live tree with the SHA-256 of their content.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn live_files(&self) -> Result<BTreeMap<ConfFile, [u8; 32]>> {
        let pair = Arc::clone(&self.pair);
        run(move || lock(&pair).live_files()).await
    }

    /// The content of a file of the live tree; `None` when it is not there.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn live_file(&self, file: &ConfFile) -> Result<Option<Vec<u8>>> {
        let (pair, file) = (Arc::clone(&self.pair), file.clone());
        run(move || lock(&pair).live_file(&file)).await
    }

    /// How many log files the live tree makes nginx open, at most: what [`super::reload`] wants to know.
    #[must_use]
    pub fn log_files(&self) -> usize {
        lock(&self.pair).live_log_files()
    }
}

/// The files to judge instead of the whole tree. What all sites share touches every one of them; and without any change the
/// question is about the whole.
fn excerpt(changed: &BTreeSet<ConfFile>) -> Option<BTreeSet<ConfFile>> {
    let alone = !changed.is_empty() && !changed.contains(&ConfFile::Panel);
    alone.then(|| changed.iter().cloned().chain([ConfFile::Panel]).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
