//! Following a job over its event stream, across restarts of the panel.

use crate::error::Error;
use crate::sse::{Event, Parser};
use crate::transport::Client;
use futures_util::{Stream, stream};
use nusantara_api::jobs::Job;
use nusantara_types::JobId;
use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// How long the panel may stay away before following gives up: longer than a restart with its recovery takes.
const PATIENCE: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// One follower of one job.
struct Follower<'a> {
    client: &'a Client,
    id: JobId,
    connection: Option<Response>,
    parser: Parser,
    ready: VecDeque<Job>,
    /// Generation of the newest state given out, so that a resumed stream never shows an older one.
    seen: Option<u64>,
    pause: Duration,
    away_since: Option<Instant>,
    done: bool,
}

impl Client {
    /// Every state of a job from now on, until it is final: `GET /api/v1/jobs/{id}/events`. A lost connection is taken up again
    /// where it broke (`Last-Event-ID`), for up to a minute without the panel; whoever wants to know at once that nobody is
    /// there asks [`Client::job_show`] first. After an error the stream ends.
    pub fn job_events(&self, id: JobId) -> impl Stream<Item = Result<Job, Error>> + '_ {
        let follower = Follower {
            client: self,
            id,
            connection: None,
            parser: Parser::default(),
            ready: VecDeque::new(),
            seen: None,
            pause: FIRST_PAUSE,
            away_since: None,
            done: false,
        };
        stream::unfold(follower, async |mut follower| follower.next().await.map(|state| (state, follower)))
    }
}

impl Follower<'_> {
    async fn next(&mut self) -> Option<Result<Job, Error>> {
        loop {
            if let Some(job) = self.ready.pop_front() {
                self.seen = Some(job.generation);
                self.done = job.state.is_final();
                return Some(Ok(job));
            }
            if self.done {
                return None;
            }
            if let Err(error) = self.advance().await {
                self.done = true;
                return Some(Err(error));
            }
        }
    }

    /// Connects or reads one chunk. An error here is one that waiting does not mend.
    async fn advance(&mut self) -> Result<(), Error> {
        let Some(connection) = &mut self.connection else { return self.connect().await };
        match connection.chunk().await {
            Ok(Some(chunk)) => {
                let unexpected = |what: String| Error::Unexpected { status: 200, what };
                let events = self.parser.feed(&chunk).map_err(|_| unexpected("an event is too long".to_owned()))?;
                for event in events {
                    self.take(&event).map_err(|e| unexpected(e.to_string()))?;
                }
                Ok(())
            }
            Ok(None) => self.lost(Error::Lost("the job's event stream ended early".to_owned())).await,
            Err(e) => {
                let error = Error::of_transport(&e, &self.client.endpoint);
                self.lost(error).await
            }
        }
    }

    fn take(&mut self, event: &Event) -> Result<(), serde_json::Error> {
        if event.kind != "job" {
            return Ok(());
        }
        let job: Job = serde_json::from_str(&event.data)?;
        let newest = self.ready.back().map(|j| j.generation).or(self.seen);
        if newest.is_none_or(|seen| job.generation > seen) {
            self.ready.push_back(job);
        }
        // Only a state heard proves that the panel is well again: a proxy may accept and drop connections all day.
        self.away_since = None;
        self.pause = FIRST_PAUSE;
        Ok(())
    }

    async fn connect(&mut self) -> Result<(), Error> {
        let id = self.id.to_string();
        let url = self.client.url(&["api", "v1", "jobs", &id, "events"]);
        let mut request = self.client.request(Method::GET, url).header(ACCEPT, "text/event-stream");
        let last_id = self.parser.last_id().to_owned();
        if let Ok(value) = HeaderValue::from_str(&last_id)
            && !last_id.is_empty()
        {
            request = request.header("last-event-id", value);
        }
        match self.client.send(request).await {
            // The stream has nothing more to say: what was seen last was the end, or a look will tell.
            Ok(response) if response.status() == StatusCode::NO_CONTENT => {
                let job = self.client.job_show(self.id).await?;
                self.ready.push_back(job);
                Ok(())
            }
            Ok(response) => {
                self.parser = Parser::resuming(last_id);
                self.connection = Some(response);
                Ok(())
            }
            Err(error) if error.is_outage() => self.lost(error).await,
            Err(error) => Err(error),
        }
    }

    /// Waits before the next try, or gives up with `error`.
    async fn lost(&mut self, error: Error) -> Result<(), Error> {
        self.connection = None;
        let now = Instant::now();
        if now.duration_since(*self.away_since.get_or_insert(now)) >= PATIENCE {
            return Err(error);
        }
        let wished = self.parser.retry_ms().map_or(self.pause, |ms| self.pause.max(Duration::from_millis(ms)));
        tokio::time::sleep(wished.min(LONGEST_PAUSE)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}
