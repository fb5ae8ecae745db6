//! An index of many accounts, and a token to read it with.

use nusantara_store::{AccountRecord, AccountStatus, ApiTokenRecord, SiteRecord, SiteStatus, Store, Tx, UserRecord};
use nusantara_types::{Actor, ApiTokenId, Clock, DomainKind, RoleName, Runtime, SiteId, SystemClock, Timestamp, UserId};
use sha2::{Digest, Sha256};

/// The token, as programs send it.
const TOKEN: &str = "npt_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
/// Accounts in one transaction.
const TOGETHER: usize = 500;

/// What was put there.
pub(crate) struct Filled {
    pub(crate) names: Vec<String>,
    pub(crate) token: String,
}

/// Fills the database at `url`.
pub(crate) fn fill(url: &str, accounts: usize) -> Filled {
    let names: Vec<String> = (0..accounts).map(|number| format!("acc{number:05}")).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (store, now) = (Store::open(url).await.unwrap(), SystemClock.now());
        let tx = store.begin().await.unwrap();
        token(&tx, now).await;
        tx.commit().await.unwrap();
        for some in names.chunks(TOGETHER) {
            let tx = store.begin().await.unwrap();
            for name in some {
                account(&tx, name, now).await;
            }
            tx.commit().await.unwrap();
        }
        store.close().await;
    });
    Filled { names, token: TOKEN.to_owned() }
}

/// An administrator who never logs in, with a token that may read accounts.
async fn token(tx: &Tx, now: Timestamp) {
    let user = UserRecord::new(UserId::generate(), "reader".to_owned(), String::new(), RoleName::admin(), now);
    tx.user_insert(&user).await.unwrap();
    let token = ApiTokenRecord {
        id: ApiTokenId::generate(),
        user: user.id,
        name: "bench".to_owned(),
        permissions: ["account:read", "job:read"].map(str::to_owned).into(),
        networks: Vec::new(),
        created_at: now,
        expires_at: None,
        last_used_at: None,
        last_used_address: None,
    };
    tx.api_token_insert(&token, &hex::encode(Sha256::digest(TOKEN))).await.unwrap();
}

/// An account with its first site.
async fn account(tx: &Tx, name: &str, now: Timestamp) {
    let (username, domain): (nusantara_types::Username, nusantara_types::DomainName) =
        (name.parse().unwrap(), format!("{name}.example.com").parse().unwrap());
    let account = AccountRecord {
        username: username.clone(),
        uid: Some(12_000),
        primary_domain: domain.clone(),
        package: "starter".parse().unwrap(),
        status: AccountStatus::Active,
        contact_email: Some(format!("owner@{name}.example.com").parse().unwrap()),
        revision: Some(format!("sha256:{}", hex::encode(Sha256::digest(name))).parse().unwrap()),
        job: None,
        created_by: Actor::root(),
        created_at: now,
        updated_at: now,
        generation: 1,
    };
    tx.account_insert(&account).await.unwrap();
    let site = SiteRecord {
        id: SiteId::generate(),
        account: username,
        domain,
        kind: DomainKind::Primary,
        root_path: format!("/home/{name}/public_html"),
        runtime: Runtime::Php,
        php_version: Some("8.2".parse().unwrap()),
        status: SiteStatus::Active,
        job: None,
        created_by: Actor::root(),
        created_at: now,
        updated_at: now,
        generation: 1,
    };
    tx.site_insert(&site).await.unwrap();
}
