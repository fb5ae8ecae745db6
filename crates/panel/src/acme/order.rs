//! One order, step by step. Every call is bounded in time, and made again when its nonce was spent: an authority may refuse any.

use super::Trouble;
use instant_acme::{Account, AuthorizationStatus, ChallengeType, Error, Identifier, NewOrder, Order, OrderStatus, Problem};
use nusantara_proto::host::ChallengeAnswer;
use nusantara_types::DomainName;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// How long one call may take.
pub(super) const CALL: Duration = Duration::from_secs(30);
/// How long an authority may take to look at the answers, or to sign.
const PATIENCE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How often a call is made again for a nonce, beside the library's own three.
pub(super) const NONCES: u32 = 10;

pub(super) fn is_bad_nonce(problem: &Problem) -> bool {
    problem.r#type.as_deref().is_some_and(|kind| kind.ends_with(":badNonce"))
}

/// Makes a call again while its nonce was spent, and never waits for ever.
macro_rules! patient {
    ($call:expr) => {{
        let mut left = $crate::acme::order::NONCES;
        loop {
            match tokio::time::timeout($crate::acme::order::CALL, $call).await {
                Ok(Err(instant_acme::Error::Api(problem))) if left > 0 && $crate::acme::order::is_bad_nonce(&problem) => left -= 1,
                Ok(Ok(done)) => break Ok(done),
                Ok(Err(error)) => break Err($crate::acme::Trouble::of(error)),
                Err(_) => break Err($crate::acme::Trouble::silent()),
            }
        }
    }};
}
pub(super) use patient;

/// A challenge that is to be answered at a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Challenge {
    pub(crate) name: DomainName,
    pub(crate) answer: ChallengeAnswer,
}

/// Begins an order for these names.
pub(crate) async fn begin(account: &Account, names: &[DomainName]) -> Result<Order, Trouble> {
    let identifiers: Vec<Identifier> = names.iter().map(|name| Identifier::Dns(name.to_string())).collect();
    patient!(account.new_order(&NewOrder::new(&identifiers)))
}

/// What is to be answered; names that the authority has seen lately are not asked for.
pub(crate) async fn challenges(order: &mut Order) -> Result<Vec<Challenge>, Trouble> {
    patient!(pending(order))
}

async fn pending(order: &mut Order) -> Result<Vec<Challenge>, Error> {
    let mut out = Vec::new();
    let mut all = order.authorizations();
    while let Some(next) = all.next().await {
        let mut authorization = next?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = authorization.identifier().to_string();
        let challenge = authorization.challenge(ChallengeType::Http01).ok_or(Error::Unsupported("answers over HTTP (http-01)"))?;
        let token = challenge.token.parse().map_err(|_| Error::Str("a token that can be used"))?;
        let authorization = challenge.key_authorization().as_str().parse().map_err(|_| Error::Str("a token that can be used"))?;
        let name = name.parse().map_err(|_| Error::Str("a name that was asked for"))?;
        out.push(Challenge { name, answer: ChallengeAnswer { token, authorization } });
    }
    Ok(out)
}

/// Has the authority look at the answers, and waits until it has.
pub(crate) async fn validated(order: &mut Order) -> Result<(), Trouble> {
    let mut told = BTreeSet::new();
    patient!(tell(order, &mut told))?;
    let status = settled(order, |status| !matches!(status, OrderStatus::Pending)).await?;
    match status {
        OrderStatus::Invalid => Err(unseen(order).await),
        _ => Ok(()),
    }
}

async fn tell(order: &mut Order, told: &mut BTreeSet<String>) -> Result<(), Error> {
    let mut all = order.authorizations();
    while let Some(next) = all.next().await {
        let mut authorization = next?;
        let name = authorization.identifier().to_string();
        if authorization.status == AuthorizationStatus::Valid || told.contains(&name) {
            continue;
        }
        let mut challenge = authorization.challenge(ChallengeType::Http01).ok_or(Error::Unsupported("answers over HTTP (http-01)"))?;
        challenge.set_ready().await?;
        told.insert(name);
    }
    Ok(())
}

async fn settled(order: &mut Order, is: impl Fn(OrderStatus) -> bool) -> Result<OrderStatus, Trouble> {
    let until = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        patient!(async { order.refresh().await.map(|_| ()) })?;
        let status = order.state().status;
        if is(status) {
            return Ok(status);
        }
        if Instant::now() >= until {
            return Err(Trouble::silent());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Which answer the authority did not see, in its own words.
async fn unseen(order: &mut Order) -> Trouble {
    let mut all = order.authorizations();
    while let Some(Ok(mut authorization)) = all.next().await {
        let mut left = NONCES;
        while left > 0 && authorization.refresh().await.is_err() {
            left -= 1;
        }
        let error = authorization.challenges.iter().find_map(|challenge| challenge.error.clone());
        if let Some(problem) = error {
            let name = authorization.identifier().to_string();
            let message = format!(
                "The authority could not see the answer at http://{name}/: has its DNS record just changed, and does port 80 of its address lead to this server?"
            );
            return Trouble::challenge(message, Some(problem.to_string()));
        }
    }
    let said = order.state().error.as_ref().map(ToString::to_string);
    Trouble::challenge("The authority did not accept the answers.".to_owned(), said)
}

/// Has the request signed, and fetches the chain.
pub(crate) async fn signed(order: &mut Order, request: &[u8]) -> Result<String, Trouble> {
    if !matches!(order.state().status, OrderStatus::Ready) {
        settled(order, |status| !matches!(status, OrderStatus::Pending)).await?;
    }
    patient!(order.finalize_csr(request))?;
    let status = settled(order, |status| matches!(status, OrderStatus::Valid | OrderStatus::Invalid)).await?;
    if matches!(status, OrderStatus::Invalid) {
        return Err(match &order.state().error {
            Some(problem) => Trouble::problem(problem),
            None => Trouble::of(Error::Str("a certificate")),
        });
    }
    let chain = patient!(order.certificate())?;
    chain.ok_or_else(|| Trouble::of(Error::Str("a certificate")))
}
