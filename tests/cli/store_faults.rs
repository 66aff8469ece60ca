//! A store that fails, with the real `SQLite` file of a real `plat serve`: what is worth sending again is kept, what can
//! never be stored does not keep back the others.

use std::fs::File;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::endpoint::{Endpoint, client};
use crate::support::Home;

const BATCH: &str = "application/cloudevents-batch+json";

/// A second connection to the endpoint's file.
async fn beside(endpoint: &Endpoint) -> SqliteConnection {
    let file = endpoint.data.path().join("plat.sqlite");
    SqliteConnectOptions::new().filename(file).connect().await.expect("the endpoint's database")
}

/// No event of this id can be stored any more.
async fn doom(endpoint: &Endpoint, id: &str, action: &str) {
    let trigger = format!(
        "CREATE TRIGGER doom BEFORE INSERT ON events WHEN NEW.id = '{id}' BEGIN SELECT RAISE({action}, 'doomed'); END"
    );
    beside(endpoint).await.execute(AssertSqlSafe(trigger)).await.expect("a trigger");
}

fn batch(ids: &[&str]) -> String {
    let event = |id: &&str| json!({ "specversion": "1.0", "id": id, "source": "/tickets", "type": "ticket" });
    ids.iter().map(event).collect::<Value>().to_string()
}

async fn stored(endpoint: &Endpoint) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut beside(endpoint).await).await;
    count.expect("a count")
}

fn plat(home: &Home, args: &[&str], endpoint: &str) -> String {
    let output = home.plat().args(args).env("PLAT_TELEMETRY_ENDPOINT", endpoint).output().expect("plat runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Runs that wait for an endpoint; their ids.
fn waiting_runs(home: &Home, endpoint: &str, n: usize) -> Vec<String> {
    let folder = home.dir.path().join("plat/state/telemetry");
    std::fs::create_dir_all(&folder).expect("a telemetry folder");
    // No sender of these runs is started, which would still be at it when the test sends them.
    let sender = File::create(folder.join("sender.lock")).expect("a lock file");
    sender.lock().expect("the sender's lock");
    for _ in 0..n {
        plat(home, &["deploy"], endpoint);
    }
    let shown = plat(home, &["telemetry", "show", "--last", "100", "--output", "json"], endpoint);
    let events = shown.lines().map(|line| serde_json::from_str::<Value>(line).expect("one event a line"));
    events.map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

fn counts(home: &Home, endpoint: &str) -> [Value; 2] {
    let status = plat(home, &["telemetry", "status", "--output", "json"], endpoint);
    let status: Value = serde_json::from_str(&status).unwrap_or_else(|e| panic!("{e}: {status}"));
    ["waiting", "refused"].map(|key| status[key].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_goes_away_costs_a_retry_and_no_event() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    waiting_runs(&home, &endpoint.url, 1);
    let mut other = beside(&endpoint).await;
    let lock = other.begin_with("BEGIN IMMEDIATE").await.expect("the lock");

    let request = client().post(format!("{}/events", endpoint.url)).header("content-type", BATCH).body(batch(&["1"]));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers().get("retry-after").and_then(|value| value.to_str().ok()), Some("1"));
    plat(&home, &["telemetry", "flush", "--timeout", "8"], &endpoint.url);
    assert_eq!(counts(&home, &endpoint.url), [1, 0], "kept");

    lock.rollback().await.expect("the lock is given back");
    assert_eq!(endpoint.post(BATCH, &batch(&["1"])).await.0, StatusCode::OK);
    plat(&home, &["telemetry", "flush"], &endpoint.url);
    assert_eq!(counts(&home, &endpoint.url), [0, 0]);
    assert_eq!(stored(&endpoint).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_can_never_be_stored_is_named_and_the_others_are_stored() {
    let endpoint = Endpoint::start(0);
    doom(&endpoint, "bad", "ABORT").await;
    let (status, answer) = endpoint.post(BATCH, &batch(&["1", "bad", "2", "1"])).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    assert_eq!((&answer["accepted"], &answer["duplicates"]), (&2.into(), &1.into()), "{answer}");
    assert_eq!(answer["refused"][0]["event"], 1, "{answer}");
    assert!(answer["refused"][0]["error"].as_str().is_some_and(|error| error.contains("doomed")), "{answer}");
    assert_eq!(stored(&endpoint).await, 2);
}

/// Such a trigger undoes the whole transaction: the sender then sends one by one.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_undoes_its_transaction_condemns_its_request_and_no_other() {
    let endpoint = Endpoint::start(0);
    doom(&endpoint, "bad", "ROLLBACK").await;
    for (ids, status) in [(["1", "bad"], 422), (["1", "2"], 200), (["bad", "3"], 422), (["3", "4"], 200)] {
        assert_eq!(endpoint.post(BATCH, &batch(&ids)).await.0.as_u16(), status, "{ids:?}");
    }
    assert_eq!(stored(&endpoint).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_can_never_be_stored_is_put_aside_and_the_others_arrive() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    let ids = waiting_runs(&home, &endpoint.url, 3);
    doom(&endpoint, &ids[0], "ABORT").await;
    plat(&home, &["telemetry", "flush", "--timeout", "5"], &endpoint.url);
    assert_eq!(counts(&home, &endpoint.url), [0, 1]);
    assert_eq!(stored(&endpoint).await, 2);
}

/// It is not the events' fault, and someone can repair it.
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_store_is_no_reason_to_come_back_soon_nor_to_lose_an_event() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    waiting_runs(&home, &endpoint.url, 1);
    let mut other = beside(&endpoint).await;
    other.execute("ALTER TABLE events RENAME TO away").await.expect("a change");
    assert_eq!(endpoint.post(BATCH, &batch(&["1"])).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    plat(&home, &["telemetry", "flush", "--timeout", "2"], &endpoint.url);
    assert_eq!(counts(&home, &endpoint.url), [1, 0], "kept");
    other.execute("ALTER TABLE away RENAME TO events").await.expect("a change");
    plat(&home, &["telemetry", "flush"], &endpoint.url);
    assert_eq!(counts(&home, &endpoint.url), [0, 0]);
}
