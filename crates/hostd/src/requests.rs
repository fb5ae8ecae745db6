//! Requests under way, by id: one id is carried out at most once, whoever sends it how often. Whoever asks again while it runs
//! sees the same events and gets the same reply.

use nusantara_proto::host::{Event, Reply, Step, StepState};
use nusantara_types::RequestId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// What has happened so far.
#[derive(Debug, Default)]
struct Progress {
    events: Vec<Event>,
    reply: Option<Reply>,
}

/// One request under way.
#[derive(Debug)]
pub(crate) struct Running {
    progress: Mutex<Progress>,
    /// Counts changes of `progress`, so that followers can wait for the next.
    version: watch::Sender<u64>,
}

/// What a follower is handed next.
#[derive(Debug)]
pub(crate) enum Next {
    Event(Event),
    Reply(Reply),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { progress: Mutex::default(), version: watch::Sender::new(0) })
    }

    fn change(&self, work: impl FnOnce(&mut Progress)) {
        work(&mut lock(&self.progress));
        self.version.send_modify(|v| *v += 1);
    }

    /// Says which steps will come.
    pub(crate) fn steps(&self, steps: Vec<Step>) {
        self.change(|p| p.events.push(Event::Steps { steps }));
    }

    /// Says that a step changed its state.
    pub(crate) fn step(&self, index: usize, state: StepState, message: Option<String>) {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        self.change(|p| p.events.push(Event::Step { index, state, message }));
    }

    fn finish(&self, reply: Reply) {
        self.change(|p| p.reply = Some(reply));
    }

    /// The next thing for a follower that has seen `seen` events; waits for it.
    pub(crate) async fn next(&self, seen: usize) -> Next {
        let mut version = self.version.subscribe();
        loop {
            version.mark_unchanged();
            {
                let progress = lock(&self.progress);
                if let Some(event) = progress.events.get(seen) {
                    return Next::Event(event.clone());
                }
                if let Some(reply) = &progress.reply {
                    return Next::Reply(reply.clone());
                }
            }
            // The sender is in `self`, so waiting cannot fail.
            let _ = version.changed().await;
        }
    }
}

/// Who may go on with a request.
#[derive(Debug)]
pub(crate) enum Admission {
    /// The first: carry it out, then call [`Requests::finish`].
    First(Arc<Running>),
    /// Somebody is at it: follow.
    Again(Arc<Running>),
    /// It has ended like this.
    Ended(Box<Reply>),
    /// Too many are under way.
    Full,
}

/// All requests under way.
#[derive(Debug)]
pub(crate) struct Requests {
    running: Mutex<HashMap<RequestId, Arc<Running>>>,
    most: usize,
}

impl Requests {
    /// At most `most` at once.
    pub(crate) fn new(most: usize) -> Self {
        Self { running: Mutex::default(), most }
    }

    /// Admits a request. `ended` looks for its outcome; it is asked under the same lock that [`Requests::finish`] takes, so an
    /// outcome cannot slip through between the two.
    pub(crate) fn admit(&self, id: RequestId, ended: impl FnOnce() -> Option<Reply>) -> Admission {
        let mut running = lock(&self.running);
        if let Some(known) = running.get(&id) {
            return Admission::Again(Arc::clone(known));
        }
        if let Some(reply) = ended() {
            return Admission::Ended(Box::new(reply));
        }
        if running.len() >= self.most {
            return Admission::Full;
        }
        let fresh = Running::new();
        running.insert(id, Arc::clone(&fresh));
        Admission::First(fresh)
    }

    /// Hands the reply to all followers. The outcome is in the ledger by now, if it is one to be remembered.
    pub(crate) fn finish(&self, reply: Reply) {
        if let Some(running) = lock(&self.running).remove(&reply.id) {
            running.finish(reply);
        }
    }

    /// Whether it is under way.
    pub(crate) fn is_running(&self, id: RequestId) -> bool {
        lock(&self.running).contains_key(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_proto::host::Answer;

    fn reply(id: RequestId) -> Reply {
        Reply { id, result: Ok(Answer::Deleted { leftovers: vec![] }) }
    }

    #[tokio::test]
    async fn the_second_sender_follows_the_first() {
        let requests = Requests::new(1);
        let id = RequestId::generate();
        let Admission::First(work) = requests.admit(id, || None) else { panic!("the first carries it out") };
        let Admission::Again(follower) = requests.admit(id, || None) else { panic!("the second follows") };
        assert!(matches!(requests.admit(RequestId::generate(), || None), Admission::Full));
        work.steps(vec![]);
        work.step(0, StepState::Running, None);
        assert!(matches!(follower.next(0).await, Next::Event(Event::Steps { .. })));
        assert!(matches!(follower.next(1).await, Next::Event(Event::Step { index: 0, .. })));
        let (next, ()) = tokio::join!(follower.next(2), async { requests.finish(reply(id)) });
        assert!(matches!(next, Next::Reply(r) if r == reply(id)));
        assert!(!requests.is_running(id));
        assert!(matches!(requests.admit(id, || Some(reply(id))), Admission::Ended(r) if *r == reply(id)));
    }
}
