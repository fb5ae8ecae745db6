//! One group after the other: gather, sift, go live.

use super::{GATHER, GATHER_EACH, GATHER_MOST, NotLive, Pending};
use crate::state::failpoints;
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
    // A test that is about one large group makes it one.
    if let Some(most) = failpoints::gather() {
        while group.len() < most
            && let Some(next) = incoming.recv().await
        {
            group.push(next);
        }
        return group;
    }
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
    let (mut accepted, mut tests) = sift(trees, group).await;
    if accepted.is_empty() {
        tracing::debug!(asked, live = 0, tests, "web group");
        return;
    }
    let began = Instant::now();
    let mut outcome = trees.go_live().await;
    // nginx refused what it had accepted. The test after that reads everything, finds who it was, and lets the others through.
    if matches!(&outcome, Err(error) if error.kind == HostErrorKind::Tool) {
        let more;
        (accepted, more) = sift(trees, accepted).await;
        tests += more;
        if accepted.is_empty() {
            return;
        }
        outcome = trees.go_live().await;
    }
    tracing::debug!(asked, live = accepted.len(), tests, milliseconds = began.elapsed().as_millis(), ok = outcome.is_ok(), "web group");
    for pending in accepted {
        let _ = pending.done.send(outcome.clone().map_err(NotLive::Failed));
    }
}

fn delta(accepted: &[Pending], part: &[Pending]) -> Vec<Change> {
    accepted.iter().chain(part).flat_map(|p| p.changes.iter().cloned()).collect()
}

/// A part of a group that is still to be judged.
struct Part {
    changes: Vec<Pending>,
    /// What nginx said of exactly these beside what is accepted: then they need not be judged again.
    refusal: Option<NginxRefusal>,
}

/// Finds out what of a group nginx takes.
///
/// nginx names the file it refuses: who is named is out, which costs one test each. Only where it names none of the group is the
/// group halved until one of the bad ones is found, at the price of the logarithm of its size in tests.
struct Sieve<'a, T> {
    trees: &'a mut T,
    accepted: Vec<Pending>,
    parts: Vec<Part>,
    /// How often nginx was asked.
    tests: usize,
    /// Whether exactly what is accepted is staged.
    staged_is_accepted: bool,
    /// Whether nginx takes what is live without anything of this group.
    rest_is_sound: bool,
}

/// Finds what nginx takes and answers the rest. When it returns, exactly the returned changes are staged, and nginx has accepted
/// them together. Also says how often nginx was asked.
async fn sift(trees: &mut impl Trees, group: Vec<Pending>) -> (Vec<Pending>, usize) {
    let parts = vec![Part { changes: group, refusal: None }];
    let mut sieve = Sieve { trees, accepted: Vec::new(), parts, tests: 0, staged_is_accepted: false, rest_is_sound: false };
    while let Some(part) = sieve.parts.pop() {
        sieve.next(part).await;
    }
    let Sieve { trees, mut accepted, tests, staged_is_accepted, .. } = sieve;
    if !staged_is_accepted && let Err(error) = trees.stage(delta(&accepted, &[])).await {
        answer(std::mem::take(&mut accepted), &NotLive::Failed(error));
    }
    (accepted, tests)
}

impl<T: Trees> Sieve<'_, T> {
    async fn judge(&mut self, delta: Vec<Change>) -> Result<Verdict, HostError> {
        self.staged_is_accepted = false;
        self.trees.stage(delta).await?;
        self.tests += 1;
        self.trees.test().await
    }

    async fn next(&mut self, mut part: Part) {
        let refusal = match part.refusal.take() {
            Some(known) => known,
            None => match self.judge(delta(&self.accepted, &part.changes)).await {
                Ok(Verdict::Accepted) => return self.accept(part.changes),
                Ok(Verdict::Refused(refusal)) => refusal,
                Err(error) => return answer(part.changes, &NotLive::Failed(error)),
            },
        };
        if let Some(guilty) = part.changes.iter().position(|p| p.changes.iter().any(|(file, _)| is_named(&refusal, file))) {
            answer([part.changes.swap_remove(guilty)], &NotLive::Refused(refusal));
            if !part.changes.is_empty() {
                self.parts.push(part);
            }
        } else if part.changes.len() == 1 {
            answer(part.changes, &NotLive::Refused(refusal));
        } else if self.is_to_be_halved(&mut part).await {
            let right = part.changes.split_off(part.changes.len() / 2);
            self.halves(part.changes, right, refusal).await;
        }
    }

    fn accept(&mut self, mut changes: Vec<Pending>) {
        self.accepted.append(&mut changes);
        self.staged_is_accepted = true;
    }

    /// Judges the left half of something that was refused with `refusal`. When it is taken, that refusal is about the right half.
    /// When it is not, one of the bad ones is in it and is looked for; of the right half nothing is known, so it goes back to the
    /// rest, which is judged as a whole when that one is found.
    async fn halves(&mut self, left: Vec<Pending>, right: Vec<Pending>, refusal: NginxRefusal) {
        match self.judge(delta(&self.accepted, &left)).await {
            Ok(Verdict::Accepted) => {
                self.accept(left);
                self.parts.push(Part { changes: right, refusal: Some(refusal) });
            }
            Ok(Verdict::Refused(refusal)) => {
                self.put_back(right);
                self.parts.push(Part { changes: left, refusal: Some(refusal) });
            }
            Err(error) => {
                self.put_back(right);
                answer(left, &NotLive::Failed(error));
            }
        }
    }

    fn put_back(&mut self, changes: Vec<Pending>) {
        match self.parts.last_mut() {
            Some(rest) => rest.changes.extend(changes),
            None => self.parts.push(Part { changes, refusal: None }),
        }
    }

    /// Whether it is anything of this group at all that nginx refuses. If not, everybody is told, and nothing is left to judge.
    async fn is_to_be_halved(&mut self, part: &mut Part) -> bool {
        if self.rest_is_sound || !self.accepted.is_empty() {
            return true;
        }
        match self.judge(Vec::new()).await {
            Ok(Verdict::Accepted) => {
                self.rest_is_sound = true;
                return true;
            }
            Ok(Verdict::Refused(refusal)) => {
                let others = self.parts.drain(..).flat_map(|part| part.changes);
                answer(part.changes.drain(..).chain(others), &NotLive::Refused(refusal));
            }
            Err(error) => answer(part.changes.drain(..), &NotLive::Failed(error)),
        }
        false
    }
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
    async fn of_a_large_group_the_bad_ones_cost_few_tests() {
        // Where they are matters for halving only: everywhere, beside each other, at both ends.
        for bad in [[7, 29, 50], [0, 1, 2], [0, 31, 63], [30, 31, 32], [61, 62, 63], [0, 32, 48]] {
            for (names_the_file, most) in [(true, 4), (false, 23)] {
                let world = Fake::default();
                world.0.lock().unwrap().names_the_file = names_the_file;
                let web = Web::start(world.clone(), &Tasks::new());
                let contents: Vec<&'static str> = (0..64).map(|i| if bad.contains(&i) { "bad" } else { "good" }).collect();
                let outcome = send(&web, &contents).await;
                assert_eq!(outcome, contents.iter().map(|c| *c == "good").collect::<Vec<_>>());
                let w = world.0.lock().unwrap();
                assert_eq!((w.reloads, w.live.len()), (1, 61));
                assert!(w.tests <= most, "{bad:?}: {} tests", w.tests);
            }
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
