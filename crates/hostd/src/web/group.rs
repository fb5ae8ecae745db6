//! One group after the other: gather, sift, go live.

use super::{GATHER, GATHER_EACH, GATHER_MOST, NotLive, Pending};
use nusantara_host::web::{Change, ConfFile, NginxRefusal, Verdict};
use nusantara_host::{HostError, HostErrorKind};
use std::future::Future;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// The largest group: enough for any burst, little enough for a bounded memory.
const MOST: usize = 512;

/// What a group needs of the two trees; a trait so that sifting is tested without nginx.
pub(crate) trait Trees: Send + 'static {
    /// Makes the spare tree the live one plus these changes.
    fn stage(&mut self, delta: Vec<Change>) -> impl Future<Output = Result<(), HostError>> + Send;
    /// Asks nginx about the spare tree.
    fn test(&mut self) -> impl Future<Output = Result<Verdict, HostError>> + Send;
    /// Puts the spare tree live; on failure what was live before is live again, and the next test reads everything.
    fn go_live(&mut self) -> impl Future<Output = Result<(), HostError>> + Send;
}

pub(super) async fn run(mut trees: impl Trees, mut incoming: mpsc::Receiver<Pending>, mut announced: watch::Receiver<usize>) {
    while let Some(first) = incoming.recv().await {
        let group = gather(first, &mut incoming, &mut announced).await;
        settle(&mut trees, group).await;
    }
}

/// Takes what has arrived, and waits a bounded moment for what was announced.
async fn gather(first: Pending, incoming: &mut mpsc::Receiver<Pending>, announced: &mut watch::Receiver<usize>) -> Vec<Pending> {
    let until = Instant::now() + patience(*announced.borrow());
    let mut group = vec![first];
    loop {
        // Looked at before the queue: a sender takes its announcement back only after it has sent.
        let coming = *announced.borrow_and_update();
        while group.len() < MOST
            && let Ok(next) = incoming.try_recv()
        {
            group.push(next);
        }
        if group.len() >= MOST || coming == 0 {
            return group;
        }
        tokio::select! {
            next = timeout_at(until, incoming.recv()) => match next {
                Ok(Some(next)) => group.push(next),
                Ok(None) | Err(_) => return group,
            },
            _ = announced.changed() => {}
        }
    }
}

/// How long to wait for `coming` changes.
fn patience(coming: usize) -> Duration {
    let each = GATHER_EACH.saturating_mul(u32::try_from(coming).unwrap_or(u32::MAX));
    GATHER.saturating_add(each).min(GATHER_MOST)
}

async fn settle(trees: &mut impl Trees, group: Vec<Pending>) {
    let asked = group.len();
    let mut accepted = sift(trees, group).await;
    if accepted.is_empty() {
        return;
    }
    let began = Instant::now();
    let mut outcome = trees.go_live().await;
    // nginx refused what it had accepted. The test after that reads everything, finds who it was, and lets the others through.
    if matches!(&outcome, Err(error) if error.kind == HostErrorKind::Tool) {
        accepted = sift(trees, accepted).await;
        if accepted.is_empty() {
            return;
        }
        outcome = trees.go_live().await;
    }
    tracing::debug!(asked, live = accepted.len(), milliseconds = began.elapsed().as_millis(), ok = outcome.is_ok(), "web group");
    for pending in accepted {
        let _ = pending.done.send(outcome.clone().map_err(NotLive::Failed));
    }
}

fn delta(accepted: &[Pending], part: &[Pending]) -> Vec<Change> {
    accepted.iter().chain(part).flat_map(|p| p.changes.iter().cloned()).collect()
}

async fn judge(trees: &mut impl Trees, delta: Vec<Change>) -> Result<Verdict, HostError> {
    trees.stage(delta).await?;
    trees.test().await
}

/// Finds what nginx takes and answers the rest. When it returns, exactly the returned changes are staged, and nginx has accepted
/// them together.
async fn sift(trees: &mut impl Trees, group: Vec<Pending>) -> Vec<Pending> {
    let mut accepted: Vec<Pending> = Vec::new();
    let mut parts = vec![group];
    let mut staged_is_accepted = false;
    let mut rest_is_sound = false;
    while let Some(mut part) = parts.pop() {
        staged_is_accepted = false;
        let refusal = match judge(trees, delta(&accepted, &part)).await {
            Ok(Verdict::Accepted) => {
                accepted.append(&mut part);
                staged_is_accepted = true;
                continue;
            }
            Ok(Verdict::Refused(refusal)) => refusal,
            Err(error) => {
                answer(part, &NotLive::Failed(error));
                continue;
            }
        };
        if let Some(guilty) = part.iter().position(|p| p.changes.iter().any(|(file, _)| is_named(&refusal, file))) {
            answer([part.swap_remove(guilty)], &NotLive::Refused(refusal));
            if !part.is_empty() {
                parts.push(part);
            }
        } else if part.len() == 1 {
            answer(part, &NotLive::Refused(refusal));
        } else {
            // Before halving: is it anything of this group at all?
            if !rest_is_sound && accepted.is_empty() {
                match judge(trees, Vec::new()).await {
                    Ok(Verdict::Accepted) => rest_is_sound = true,
                    Ok(Verdict::Refused(refusal)) => {
                        answer(part.into_iter().chain(parts.drain(..).flatten()), &NotLive::Refused(refusal));
                        break;
                    }
                    Err(error) => {
                        answer(part, &NotLive::Failed(error));
                        continue;
                    }
                }
            }
            let right = part.split_off(part.len() / 2);
            parts.push(right);
            parts.push(part);
        }
    }
    if !staged_is_accepted && let Err(error) = trees.stage(delta(&accepted, &[])).await {
        answer(std::mem::take(&mut accepted), &NotLive::Failed(error));
    }
    accepted
}

fn is_named(refusal: &NginxRefusal, file: &ConfFile) -> bool {
    refusal.conf.as_ref() == Some(file)
}

fn answer(part: impl IntoIterator<Item = Pending>, why: &NotLive) {
    for pending in part {
        let _ = pending.done.send(Err(why.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Tasks;
    use crate::web::Web;
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};

    #[derive(Debug, Default)]
    struct World {
        live: BTreeMap<ConfFile, Vec<u8>>,
        spare: BTreeMap<ConfFile, Vec<u8>>,
        tests: usize,
        reloads: usize,
        admin_broke_it: bool,
        names_the_file: bool,
        /// What the test does not see and the reload does: a file that says "sly".
        tests_everything: bool,
    }

    /// Refuses every tree in which a file says "bad".
    #[derive(Debug, Clone, Default)]
    struct Fake(Arc<Mutex<World>>);

    impl Trees for Fake {
        async fn stage(&mut self, delta: Vec<Change>) -> Result<(), HostError> {
            let mut w = self.0.lock().unwrap();
            w.spare = w.live.clone();
            for (file, content) in delta {
                match content {
                    Some(content) => w.spare.insert(file, content),
                    None => w.spare.remove(&file),
                };
            }
            Ok(())
        }
        async fn test(&mut self) -> Result<Verdict, HostError> {
            tokio::task::yield_now().await;
            let mut w = self.0.lock().unwrap();
            w.tests += 1;
            let refused = |content: &[u8]| content == b"bad" || (content == b"sly" && w.tests_everything);
            let bad = w.spare.iter().find(|(_, content)| refused(content)).map(|(file, _)| file.clone());
            if bad.is_none() && !w.admin_broke_it {
                return Ok(Verdict::Accepted);
            }
            let conf = bad.filter(|_| w.names_the_file);
            Ok(Verdict::Refused(NginxRefusal { message: "unknown directive".to_owned(), conf, file: None, line: Some(3) }))
        }
        async fn go_live(&mut self) -> Result<(), HostError> {
            let mut w = self.0.lock().unwrap();
            assert!(!w.spare.values().any(|c| c == b"bad"), "something refused went live");
            w.reloads += 1;
            if w.spare.values().any(|c| c == b"sly") {
                w.tests_everything = true;
                return Err(HostError::new(HostErrorKind::Tool, "reload the web server"));
            }
            w.live = w.spare.clone();
            Ok(())
        }
    }

    fn file(i: usize) -> ConfFile {
        ConfFile::Site(format!("acc{i}").parse().unwrap())
    }

    async fn send(web: &Web, contents: &[&'static str]) -> Vec<bool> {
        let changes = contents.iter().enumerate().map(|(i, c)| {
            let coming = web.coming();
            async move { web.change(file(i), Some(c.as_bytes().to_vec()), Some(coming)).await.is_ok() }
        });
        futures_util::future::join_all(changes).await
    }

    #[tokio::test]
    async fn many_share_one_test_and_one_reload() {
        let world = Fake::default();
        let web = Web::start(world.clone(), &Tasks::new());
        assert!(send(&web, &["good"; 50]).await.iter().all(|ok| *ok));
        let w = world.0.lock().unwrap();
        assert_eq!((w.tests, w.reloads, w.live.len()), (1, 1, 50));
    }

    #[tokio::test]
    async fn the_bad_ones_are_found_and_the_good_ones_go_live() {
        for names_the_file in [true, false] {
            let world = Fake::default();
            world.0.lock().unwrap().names_the_file = names_the_file;
            let web = Web::start(world.clone(), &Tasks::new());
            let contents = ["good", "good", "bad", "good", "good", "good", "bad", "good", "good"];
            let outcome = send(&web, &contents).await;
            assert_eq!(outcome, contents.map(|c| c == "good"));
            let w = world.0.lock().unwrap();
            assert_eq!((w.reloads, w.live.len()), (1, 7));
            assert!(w.tests <= 3 || !names_the_file, "named, a bad one costs one test: {}", w.tests);
        }
    }

    #[tokio::test]
    async fn what_only_the_reload_sees_fails_alone() {
        let world = Fake::default();
        let web = Web::start(world.clone(), &Tasks::new());
        let contents = ["good", "sly", "good"];
        assert_eq!(send(&web, &contents).await, contents.map(|c| c == "good"));
        let w = world.0.lock().unwrap();
        assert_eq!((w.reloads, w.live.len()), (2, 2));
    }

    #[tokio::test]
    async fn nothing_goes_live_and_nobody_is_blamed_while_the_rest_is_broken() {
        let world = Fake::default();
        world.0.lock().unwrap().admin_broke_it = true;
        let web = Web::start(world.clone(), &Tasks::new());
        assert!(!send(&web, &["good"; 40]).await.iter().any(|ok| *ok));
        let w = world.0.lock().unwrap();
        assert_eq!((w.tests, w.reloads, w.live.len()), (2, 0, 0));
        assert!(w.spare.is_empty(), "the spare tree is clean again");
    }

    #[tokio::test]
    async fn files_that_belong_together_go_live_together_or_not_at_all() {
        let world = Fake::default();
        let web = Web::start(world.clone(), &Tasks::new());
        web.change(file(1), Some(b"good".to_vec()), None).await.unwrap();
        let other_name = |text: &str| vec![(file(1), None), (file(2), Some(text.as_bytes().to_vec()))];
        let (bad, beside) = tokio::join!(web.change_together(other_name("bad"), None), web.change(file(3), Some(b"good".to_vec()), None));
        assert!(bad.is_err() && beside.is_ok());
        let names = |w: &World| w.live.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&world.0.lock().unwrap()), [file(1), file(3)]);
        web.change_together(other_name("good"), None).await.unwrap();
        assert_eq!(names(&world.0.lock().unwrap()), [file(2), file(3)]);
    }

    #[tokio::test]
    async fn a_removal_goes_live_too() {
        let world = Fake::default();
        let web = Web::start(world.clone(), &Tasks::new());
        web.change(file(1), Some(b"good".to_vec()), None).await.unwrap();
        web.change(file(1), None, None).await.unwrap();
        assert!(world.0.lock().unwrap().live.is_empty());
    }
}
