//! Names close to another account's, and the DNS record that proves whose they are: a real server on a real socket.

use super::bench::{Answer, Bench, root};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::TXT;
use hickory_resolver::proto::rr::{RData, Record};
use nusantara_proto::host::NameStanding;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;

/// What a zone says: one record, or nothing, or that the server is broken.
#[derive(Default)]
struct Zone {
    record: Option<(String, Vec<String>)>,
    broken: bool,
    asked: usize,
}

/// A server that answers from `zone` until the test ends.
async fn serve(zone: Arc<Mutex<Zone>>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let answer = answer(&question, &mut zone.lock().unwrap());
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    });
    address
}

fn answer(question: &Message, zone: &mut Zone) -> Message {
    zone.asked += 1;
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    let query = question.queries[0].clone();
    match &zone.record {
        _ if zone.broken => answer.metadata.response_code = ResponseCode::ServFail,
        Some((name, text)) if query.name().to_string() == format!("{name}.") => {
            let record = Record::from_rdata(query.name().clone(), 60, RData::TXT(TXT::new(text.clone())));
            answer.answers.push(record);
        }
        _ => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    answer.queries.push(query);
    answer
}

async fn add(bench: &Bench, path: &str, proof: bool) -> Answer {
    let mut body = json!({"domain": "shop.other.test", "dns_proof": proof});
    if path.ends_with("sites") {
        body["account"] = json!("joko");
    }
    bench.send(root("POST", path).json(&body)).await
}

#[tokio::test]
async fn a_name_close_to_anothers_is_had_by_whoever_writes_its_record() {
    let zone = Arc::new(Mutex::new(Zone::default()));
    let bench = Bench::asking(vec![serve(Arc::clone(&zone)).await]).await;
    bench.create("joko").await;
    bench.host.state().standings.insert("shop.other.test".parse().unwrap(), NameStanding::Below);
    let proof = bench.send(root("GET", "/api/v1/accounts/joko/domain-proof?domain=shop.other.test")).await.body;
    assert_eq!((&proof["standing"], &proof["record_name"]), (&json!("below"), &json!("_nusantara-challenge.shop.other.test")));
    let (name, value) = (proof["record_name"].as_str().unwrap().to_owned(), proof["record_value"].as_str().unwrap().to_owned());

    for path in ["/api/v1/sites", "/api/v1/accounts/joko/aliases"] {
        *zone.lock().unwrap() = Zone::default();
        let refused = add(&bench, path, false).await;
        assert_eq!((refused.status.as_u16(), refused.code(), refused.fields()), (409, "domain_unproved", vec!["domain"]));
        assert!(refused.text.contains(&name) && refused.text.contains(&value), "{}", refused.text);
        assert_eq!(zone.lock().unwrap().asked, 0, "nobody asked for it");

        let wish = |answer: &Answer| answer.body["errors"][0]["message"].as_str().unwrap().to_owned();
        assert!(wish(&add(&bench, path, true).await).contains("no such record yet"));
        zone.lock().unwrap().broken = true;
        assert!(wish(&add(&bench, path, true).await).contains("DNS did not answer"));
        zone.lock().unwrap().broken = false;
        for wrong in [vec![format!("{value}x")], vec!["nusantara-proof=".to_owned()], vec![value.to_uppercase()]] {
            zone.lock().unwrap().record = Some((name.clone(), wrong));
            assert!(wish(&add(&bench, path, true).await).contains("says something else"));
        }
        // A record above it proves nothing of it.
        zone.lock().unwrap().record = Some(("_nusantara-challenge.other.test".to_owned(), vec![value.clone()]));
        assert_eq!(add(&bench, path, true).await.code(), "domain_unproved");

        // A text may come in parts.
        let (head, tail) = value.split_at(9);
        zone.lock().unwrap().record = Some((name.clone(), vec![head.to_owned(), tail.to_owned()]));
        let taken = add(&bench, path, true).await;
        assert_eq!(taken.status, 202, "{}", taken.text);
        bench.end_of(taken.body["job"]["id"].as_str().unwrap()).await;
        let site = bench.send(root("GET", "/api/v1/sites?domain=shop.other.test")).await.body;
        if let Some(id) = site["items"][0]["id"].as_str() {
            let gone = bench.send(root("DELETE", &format!("/api/v1/sites/{id}"))).await;
            bench.end_of(gone.body["job"]["id"].as_str().unwrap()).await;
        }
    }
}

#[tokio::test]
async fn a_proof_is_of_one_account_and_one_name_and_helps_nobody_to_what_is_held() {
    let zone = Arc::new(Mutex::new(Zone::default()));
    let bench = Bench::asking(vec![serve(Arc::clone(&zone)).await]).await;
    bench.create("joko").await;
    bench.create("sari").await;
    let of = async |account: &str, domain: &str| -> Value {
        bench.send(root("GET", &format!("/api/v1/accounts/{account}/domain-proof?domain={domain}"))).await.body
    };
    let mine = of("joko", "shop.other.test").await;
    assert_eq!(mine["standing"], "free");
    assert_eq!(of("joko", "shop.other.test").await, mine, "always the same");
    assert_ne!(of("sari", "shop.other.test").await["record_value"], mine["record_value"]);
    assert_ne!(of("joko", "shop.test").await["record_value"], mine["record_value"]);

    let record = (mine["record_name"].as_str().unwrap().to_owned(), vec![mine["record_value"].as_str().unwrap().to_owned()]);
    zone.lock().unwrap().record = Some(record);
    bench.host.state().standings.insert("shop.other.test".parse().unwrap(), NameStanding::Held);
    let refused = add(&bench, "/api/v1/sites", true).await;
    assert_eq!((refused.code(), refused.fields()), ("name_taken", vec!["domain"]));
    bench.host.state().standings.insert("shop.other.test".parse().unwrap(), NameStanding::Resting);
    assert_eq!(add(&bench, "/api/v1/sites", true).await.status, 202);

    let unknown = bench.send(root("GET", "/api/v1/accounts/nobody/domain-proof?domain=a.test")).await;
    assert_eq!(unknown.status, 404);
    let wrong = bench.send(root("GET", "/api/v1/accounts/joko/domain-proof?domain=1.2.3.4")).await;
    assert_eq!((wrong.status.as_u16(), wrong.fields()), (422, vec!["domain"]));
}
