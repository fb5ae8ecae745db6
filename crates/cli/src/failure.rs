//! What went wrong, told to people (what happened, which field, what to do, the request id) and to machines.

use crate::exit::Exit;
use crate::show::{Line, Page, Style, progress, text};
use nusantara_client::api::jobs::{Job, JobState};
use nusantara_client::api::{FieldProblem, Problem, ProblemCode};
use nusantara_client::{Error, Obstacle};
use serde_json::{Value, json};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The panel said no, or could not be asked.
    Panel(Error),
    /// A value that the panel would refuse, seen before it was asked. The field's name is the API's.
    Value { field: &'static str, message: String },
    /// The command line lacks something that depends on where it runs.
    Usage(String),
    /// There is no such thing.
    NotFound(String),
    /// It makes no sense in the state things are in.
    Refused(String),
    /// The person at the keyboard did not confirm.
    Declined,
    /// The job ended badly.
    Job(Box<Job>),
    /// A check found errors; they have been shown.
    Check,
    /// Ctrl-C while waiting for this job.
    Interrupted(String),
    /// Reading or writing here.
    Local(String),
    /// Whoever read our output has had enough.
    ClosedPipe,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Panel(error)
    }
}

impl Failure {
    /// Says what is not there where the panel, which tells nobody what exists, can only say that something is not.
    pub(crate) fn absent(error: Error, what: impl FnOnce() -> String) -> Self {
        match error.problem() {
            Some(problem) if problem.code == ProblemCode::NotFound => Self::NotFound(what()),
            _ => Self::Panel(error),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Panel(error) => exit_of(error),
            Self::Value { .. } | Self::Refused(_) => Exit::Refused,
            Self::Usage(_) => Exit::Usage,
            Self::NotFound(_) => Exit::NotFound,
            Self::Job(_) => Exit::JobFailed,
            Self::Interrupted(_) => Exit::Interrupted,
            Self::Declined | Self::Check | Self::Local(_) => Exit::Failed,
            Self::ClosedPipe => Exit::Done,
        }
    }

    /// One JSON document; none when the command's own document has been written already.
    pub(crate) fn document(&self) -> Option<Value> {
        let (code, message, errors, request_id) = match self {
            Self::Panel(Error::Refused(p)) => {
                (serde_json::to_value(p.code).unwrap_or_default(), p.detail.clone(), &*p.errors, Some(&p.request_id))
            }
            Self::Value { field, message } => {
                let errors = [FieldProblem { field: (*field).to_owned(), message: message.clone() }];
                return Some(self.envelope(&json!("validation_failed"), message, &errors, None));
            }
            Self::Job(_) | Self::Check | Self::ClosedPipe => return None,
            _ => (json!(self.code()), self.sentence(), &[][..], None),
        };
        Some(self.envelope(&code, &message, errors, request_id))
    }

    fn envelope(&self, code: &Value, message: &str, errors: &[FieldProblem], request_id: Option<&String>) -> Value {
        json!({ "error": {
            "code": code, "message": message, "errors": errors, "request_id": request_id, "exit_code": self.exit().code(),
        }})
    }

    /// Stable code of what the panel has no code for.
    const fn code(&self) -> &'static str {
        match self {
            Self::Panel(Error::Unreachable { .. }) => "unreachable",
            Self::Panel(Error::Lost(_)) => "connection_lost",
            Self::Panel(_) => "unexpected_answer",
            Self::Value { .. } => "validation_failed",
            Self::Usage(_) => "usage",
            Self::NotFound(_) => "not_found",
            Self::Refused(_) => "refused",
            Self::Declined => "not_confirmed",
            Self::Job(_) => "job_failed",
            Self::Check => "check_failed",
            Self::Interrupted(_) => "interrupted",
            Self::Local(_) | Self::ClosedPipe => "local",
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Panel(error) => sentence_of(error),
            Self::Value { message, .. } => message.clone(),
            Self::Usage(text) | Self::NotFound(text) | Self::Refused(text) | Self::Local(text) => text.clone(),
            Self::Declined => "Not confirmed; nothing was changed.".to_owned(),
            Self::Job(job) => job_sentence(job),
            Self::Interrupted(id) => format!("Stopped waiting; the job goes on. See: nusantara job follow {id}"),
            Self::Check | Self::ClosedPipe => String::new(),
        }
    }

    /// The text for people, nothing when everything has been said.
    pub(crate) fn show(&self, page: &mut Page) {
        let sentence = self.sentence();
        if sentence.is_empty() {
            return;
        }
        // Stopping, or not going on, is a choice and no error.
        let chosen = matches!(self, Self::Interrupted(_) | Self::Declined);
        let start = if chosen { Line::default() } else { Line::new(Style::Bad, "Error: ") };
        page.line(start.and(Style::Plain, &sentence));
        match self {
            Self::Panel(Error::Refused(problem)) => show_problem(problem, page),
            Self::Job(job) => show_job(job, page),
            _ => {}
        }
        if let Some(hint) = self.hint() {
            page.line(Line::new(Style::Dim, "  → ").and(Style::Plain, hint));
        }
    }

    /// What to do about it.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Panel(Error::Unreachable { obstacle, .. }) => Some(match obstacle {
                Obstacle::Forbidden => "The local socket is for root: run the command with sudo.",
                Obstacle::Missing | Obstacle::NotListening => {
                    "Is the panel running on this machine?  systemctl status nusantarad   journalctl -u nusantarad -n 50"
                }
                Obstacle::Certificate(_) | Obstacle::Timeout | Obstacle::Other(_) => {
                    "See what the panel says:  journalctl -u nusantarad -n 50"
                }
            }),
            Self::Panel(Error::Lost(_)) => Some("It may or may not have been done. Look before you try again:  nusantara job list"),
            Self::Panel(Error::Unexpected { .. }) => {
                Some("Are the command and the panel of one version?  nusantara --version   systemctl restart nusantarad")
            }
            Self::Panel(Error::Refused(problem)) => hint_of(problem.code),
            _ => None,
        }
    }
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::Refused(problem) => exit_of_code(problem.code),
        Error::Unreachable { obstacle: Obstacle::Forbidden, .. } => Exit::NotAllowed,
        Error::Unreachable { .. } => Exit::Unreachable,
        Error::Lost(_) | Error::Unexpected { .. } | Error::Setup(_) => Exit::Failed,
    }
}

const fn exit_of_code(code: ProblemCode) -> Exit {
    match code {
        ProblemCode::NotFound => Exit::NotFound,
        ProblemCode::ValidationFailed
        | ProblemCode::NameTaken
        | ProblemCode::DomainUnproved
        | ProblemCode::AccountBusy
        | ProblemCode::AccountSuspended
        | ProblemCode::PackageInUse
        | ProblemCode::PrimarySite
        | ProblemCode::LimitReached
        | ProblemCode::LastAdmin
        | ProblemCode::OwnLogin
        | ProblemCode::RoleInUse
        | ProblemCode::JobUnstoppable
        | ProblemCode::IdempotencyMismatch
        | ProblemCode::TooLarge => Exit::Refused,
        ProblemCode::Unauthenticated
        | ProblemCode::InvalidCredentials
        | ProblemCode::SecondFactorRequired
        | ProblemCode::StepUpRequired
        | ProblemCode::Forbidden
        | ProblemCode::CsrfFailed => Exit::NotAllowed,
        ProblemCode::RateLimited
        | ProblemCode::HostUnavailable
        | ProblemCode::DatabaseAway
        | ProblemCode::DatabaseServerMissing
        | ProblemCode::Overloaded
        | ProblemCode::DiskFull => Exit::Later,
        ProblemCode::DiskError
        | ProblemCode::BadRequest
        | ProblemCode::MethodNotAllowed
        | ProblemCode::UnsupportedMediaType
        | ProblemCode::MisdirectedRequest
        | ProblemCode::Internal => Exit::Failed,
    }
}

const fn hint_of(code: ProblemCode) -> Option<&'static str> {
    match code {
        ProblemCode::Unauthenticated => Some("Is the token still good?  nusantara login ADDRESS"),
        ProblemCode::Forbidden => {
            Some("A token does what it names. What is about people is for root on the panel's host: run the command there with sudo.")
        }
        ProblemCode::RoleInUse => Some("Give its logins another one:  nusantara user set NAME --role ROLE"),
        ProblemCode::AccountBusy => Some("See what is under way:  nusantara job list --state running"),
        ProblemCode::AccountSuspended => Some("Switch it on again:  nusantara account unsuspend NAME"),
        ProblemCode::PackageInUse => Some("Give its accounts another one:  nusantara account set NAME --package PACKAGE"),
        ProblemCode::PrimarySite => Some("See what that would do:  nusantara account plan NAME --delete"),
        ProblemCode::HostUnavailable => {
            Some("See what the host daemon says:  systemctl status nusantara-hostd   journalctl -u nusantara-hostd -n 50")
        }
        ProblemCode::DatabaseAway => Some("Does the database server run?  systemctl status postgresql mariadb"),
        ProblemCode::RateLimited | ProblemCode::Overloaded => Some("Wait a moment and try again."),
        ProblemCode::DiskFull => Some("See what is full:  df -h"),
        ProblemCode::DiskError => Some("See what the kernel says of the disk:  journalctl -k -p err"),
        ProblemCode::Internal => Some("journalctl -u nusantarad -n 50"),
        _ => None,
    }
}

fn sentence_of(error: &Error) -> String {
    match error {
        Error::Refused(problem) => problem.detail.clone(),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
        }
    }
}

fn show_problem(problem: &Problem, page: &mut Page) {
    for error in &problem.errors {
        let line = Line::new(Style::Strong, &format!("  {}", label(&error.field)));
        page.line(line.and(Style::Plain, &format!(": {}", error.message)));
    }
    page.line(Line::new(Style::Dim, &format!("  request id {}", problem.request_id)));
}

/// A field of the API under the name that the command line gives it.
pub(crate) fn label(field: &str) -> &str {
    match field.strip_prefix("settings.").unwrap_or(field) {
        "username" => "The name",
        "item" => "The difference",
        "primary_domain" => "--domain",
        "package" => "--package",
        "revision" => "The revision",
        "contact_email" => "--email",
        "php_version" => "--php",
        "docroot" => "--docroot",
        "kind" => "--kind",
        "runtime" => "--runtime",
        "php_ini" => "The PHP setting",
        "proxy" => "--proxy-port or --proxy-socket",
        "proxy.port" | "proxy_port" => "--proxy-port",
        "proxy.socket" | "proxy_socket" => "--proxy-socket",
        "app" => "The app",
        "redirect" | "redirect.to" | "redirect_to" => "--redirect-to",
        "www" => "--www",
        "https" => "--https",
        "force_https" => "--force-https",
        "hsts" => "--hsts",
        "index" => "--index",
        "header" | "headers" => "--header",
        "error_page" | "error_pages" => "--error-page",
        "max_upload_mb" => "--max-upload",
        "page_cache" => "--page-cache",
        "bypass_cookies" => "--bypass-cookies",
        "path" => "The path",
        "user" => "--user",
        "realm" => "--realm",
        "folder" => "--folder",
        "program" => "The program",
        "args" => "--arg",
        "env" => "--env",
        "listen.port" => "--port",
        "instances" => "--instances",
        "health.within_seconds" => "--health-within",
        "account" => "The account",
        "domain" => "The domain",
        "password" => "The password",
        "role" => "--role",
        "email" => "--email",
        "networks" => "The network",
        "permissions" => "--allow",
        "id" => "The id",
        other => other,
    }
}

fn job_sentence(job: &Job) -> String {
    match (&job.error, job.state) {
        (Some(error), _) => error.message.clone(),
        (None, JobState::Cancelled) => "The job was cancelled.".to_owned(),
        (None, _) => "The job failed.".to_owned(),
    }
}

fn show_job(job: &Job, page: &mut Page) {
    if let Some(detail) = job.error.as_ref().and_then(|e| e.detail.as_deref()) {
        progress::indented(detail).for_each(|line| page.line(line));
    }
    let code = job.error.as_ref().map_or_else(String::new, |e| format!("code {}, ", text::clean(&e.code)));
    page.line(Line::new(Style::Dim, &format!("  {code}job {}", job.id)));
}
