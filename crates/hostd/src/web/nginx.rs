//! The real trees.

use super::group::Trees;
use nusantara_host::HostError;
use nusantara_host::systemd::Systemd;
use nusantara_host::web::{self, Change, Tree, Verdict};
use std::time::Duration;

/// How long new workers may take to come up; 4.4 s were seen with 5,000 sites that each have a certificate.
const RELOAD_PATIENCE: Duration = Duration::from_secs(60);

/// nginx's two trees and the way to make it read them.
#[derive(Debug)]
pub(crate) struct Nginx {
    tree: Tree,
    systemd: Systemd,
}

impl Nginx {
    pub(crate) fn new(tree: Tree, systemd: Systemd) -> Self {
        Self { tree, systemd }
    }

    /// Makes nginx read the live tree. A daemon that was killed between the swap and the end of the reload has left nginx on the
    /// old one, or with old workers that still answer from it: what is live on disk is then not what is served.
    pub(crate) async fn reread(&self) {
        if let Err(error) = web::reload(&self.systemd, self.tree.log_files(), RELOAD_PATIENCE).await {
            tracing::error!(%error, "the web server could not be made to read its live configuration");
        }
    }
}

impl Trees for Nginx {
    async fn stage(&mut self, delta: Vec<Change>) -> Result<(), HostError> {
        self.tree.apply_spare(delta).await
    }

    async fn test(&mut self) -> Result<Verdict, HostError> {
        self.tree.test().await
    }

    async fn go_live(&mut self) -> Result<(), HostError> {
        self.tree.swap().await?;
        let Err(error) = web::reload(&self.systemd, self.tree.log_files(), RELOAD_PATIENCE).await else { return Ok(()) };
        tracing::warn!(%error, "the web server did not take the new tree; the old one goes back");
        self.tree.doubt();
        self.tree.swap().await?;
        if let Err(again) = web::reload(&self.systemd, self.tree.log_files(), RELOAD_PATIENCE).await {
            tracing::error!(error = %again, "the web server could not be reloaded");
        }
        Err(error)
    }
}
