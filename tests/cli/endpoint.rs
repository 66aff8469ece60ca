//! A real `plat serve` on a free port, and what it answers to strangers.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::http::StatusCode;
use rstest::rstest;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Home;

const SINGLE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

/// Stops when dropped.
pub struct Endpoint {
    pub url: String,
    process: Child,
    pub data: TempDir,
}

impl Endpoint {
    /// Starts on this port (0: a free one) and waits until it listens.
    pub fn start(port: u16) -> Self {
        let data = TempDir::new().expect("a data folder");
        let mut process = Command::new(env!("CARGO_BIN_EXE_plat"))
            .args(["serve", "--output", "json", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data.path())
            .env_clear()
            .env("PLAT_HOME", data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("plat serve starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("plat serve says where");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        Self { url: said["url"].as_str().expect("an address").to_owned(), process, data }
    }

    pub async fn text(&self, path: &str) -> String {
        let answer = client().get(format!("{}{path}", self.url)).send().await.expect("an answer");
        answer.text().await.expect("text")
    }

    pub async fn json(&self, path: &str) -> Value {
        let text = self.text(path).await;
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
    }

    pub async fn post(&self, content_type: &str, body: &str) -> (StatusCode, Value) {
        post(&self.url, content_type, body).await
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub async fn post(url: &str, content_type: &str, body: &str) -> (StatusCode, Value) {
    let request = client().post(format!("{url}/events")).header("content-type", content_type).body(body.to_owned());
    let answer = request.send().await.expect("an answer");
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

pub fn client() -> reqwest::Client {
    plat::install_tls_provider();
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client")
}

fn ticket(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/tickets", "type": "dev.cdevents.ticket.created.0.2.0",
        "data": { "subject": { "id": "TICKET-1" } }, "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_other_tools_come_in_and_count_once() {
    let endpoint = Endpoint::start(0);
    let taken = |accepted: usize, duplicates: usize| {
        (StatusCode::OK, json!({ "accepted": accepted, "duplicates": duplicates }))
    };
    assert_eq!(endpoint.post(SINGLE, &ticket("1").to_string()).await, taken(1, 0));
    assert_eq!(endpoint.post(SINGLE, &ticket("1").to_string()).await, taken(0, 1));
    let batch = json!([ticket("1"), ticket("2"), ticket("2")]).to_string();
    assert_eq!(endpoint.post(&format!("{BATCH}; charset=utf-8"), &batch).await, taken(1, 2));
    let metrics = endpoint.text("/metrics").await;
    assert!(metrics.contains("plat_events_total{type=\"dev.cdevents.ticket.created.0.2.0\"} 2\n"), "{metrics}");
    assert_eq!(endpoint.json("/api/runs").await, json!({ "runs": [] }), "a ticket is not a run");
}

#[rstest]
#[case::a_form("application/x-www-form-urlencoded", &ticket("1").to_string(), 415)]
#[case::plain_json("application/json", &ticket("1").to_string(), 415)]
#[case::no_event(SINGLE, "{}", 400)]
#[case::one_bad_in_a_batch(BATCH, &format!("[{}, {{}}]", ticket("1")), 400)]
#[case::too_large(SINGLE, &" ".repeat(2 * 1024 * 1024), 413)]
#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_refused_whole(#[case] content_type: &str, #[case] body: &str, #[case] status: u16) {
    let endpoint = Endpoint::start(0);
    assert_eq!(endpoint.post(content_type, body).await.0.as_u16(), status);
    let metrics = endpoint.text("/metrics").await;
    assert!(!metrics.contains("plat_events_total{"), "nothing was kept: {metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_under_another_name_reads_and_writes_nothing() {
    let endpoint = Endpoint::start(0);
    for path in ["/", "/api/runs", "/metrics"] {
        let request = client().get(format!("{}{path}", endpoint.url)).header("host", "rebound.example.com");
        assert_eq!(request.send().await.expect("an answer").status(), StatusCode::FORBIDDEN, "{path}");
    }
    let request = client().post(format!("{}/events", endpoint.url)).header("host", "rebound.example.com");
    let answer = request.header("content-type", SINGLE).body(ticket("1").to_string()).send().await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::FORBIDDEN);
    assert!(!endpoint.text("/metrics").await.contains("plat_events_total{"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_loads_nothing_from_elsewhere() {
    let endpoint = Endpoint::start(0);
    let answer = client().get(&endpoint.url).send().await.expect("an answer");
    let policy = answer.headers()["content-security-policy"].to_str().expect("a header").to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    let page = answer.text().await.expect("a page");
    assert!(page.contains("No run has arrived yet") && !page.contains("http"), "{page}");
    assert!(endpoint.text("/style.css").await.contains("prefers-color-scheme: dark"));
}

#[test]
fn an_address_that_others_reach_is_refused() {
    let output = Home::new().plat().args(["serve", "--listen", "0.0.0.0:0"]).output().expect("plat runs");
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_taken_port_says_who_has_it_and_what_to_do() {
    let endpoint = Endpoint::start(0);
    let addr = endpoint.url.trim_start_matches("http://");
    let output = Home::new().plat().args(["serve", "--listen", addr]).output().expect("plat runs");
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("is taken by another plat serve") && stderr.contains("--listen 127.0.0.1:0"), "{stderr}");
}

/// A first deploy that was ready after 1.2 s, as its event; an older plat does not say when the prompt was back.
fn deploy(arm: &str, prompt_ms: Option<f64>) -> Value {
    let id = uuid::Uuid::new_v4();
    let mut run = json!({
        "id": id, "command": "deploy", "started_at": "2026-11-22T10:00:00Z", "duration_ms": 3000.0, "outcome": "success",
        "phases": [{ "name": "ready", "start_ms": 0.0, "duration_ms": 1200.0 }],
        "facts": { "arm": arm, "service": "shop", "first": true, "changed": true }, "plat_version": "0.1.0",
    });
    if let Some(prompt_ms) = prompt_ms {
        run["prompt_ms"] = prompt_ms.into();
    }
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": "dev.cdevents.taskrun.finished.0.3.0",
        "data": { "customData": { "run": run } },
    })
}

fn deploys(arm: &str, prompt_ms: Option<f64>, n: usize) -> Vec<Value> {
    (0..n).map(|_| deploy(arm, prompt_ms)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_an_older_plat_come_in_and_are_in_no_headline() {
    let endpoint = Endpoint::start(0);
    let events = [deploys("plat", None, 20), deploys("plat", Some(3000.0), 15), deploys("kubectl", Some(300.0), 15)];
    let (status, answer) = endpoint.post(BATCH, &json!(events.concat()).to_string()).await;
    assert_eq!((status, &answer["accepted"]), (StatusCode::OK, &50.into()));

    let summary = endpoint.json("/api/summary").await;
    let comparison = &summary["comparisons"][0];
    assert_eq!(
        (&comparison["until"], &comparison["verdict"], &comparison["times"]),
        (&"prompt".into(), &"slower".into(), &2.5.into()),
        "3 s until the prompt against 1.2 s until ready, though kubectl was gone after 0.3 s: {summary}"
    );
    let plat = &summary["rows"][0];
    assert_eq!((&plat["ready"], &plat["prompted"]), (&35.into(), &15.into()), "{summary}");
    assert_eq!((&plat["median_ms"], &plat["until_prompt"]["median_ms"]), (&1200.0.into(), &3000.0.into()), "{summary}");
    assert_eq!(summary["promptless"], json!([{ "arm": "plat", "n": 20 }]));

    let page = endpoint.text("/").await;
    assert!(page.contains("First deploy, until the prompt: plat is slower, 2.5 times as long as kubectl"), "{page}");
    assert!(page.contains("20 ready runs by plat have no time until the prompt"), "{page}");

    let metrics = endpoint.text("/metrics").await;
    for line in [
        "plat_deploy_ready_seconds_count{arm=\"plat\",kind=\"first\"} 35\n",
        "plat_deploy_prompt_seconds_count{arm=\"plat\",kind=\"first\"} 15\n",
        "plat_deploy_prompt_seconds_bucket{arm=\"kubectl\",kind=\"first\",le=\"1\"} 0\n",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_puts_the_headline_first_and_both_times_below() {
    let endpoint = Endpoint::start(0);
    let events = [deploys("plat", Some(3000.0), 15), deploys("kubectl", Some(300.0), 15)].concat();
    endpoint.post(BATCH, &json!(events).to_string()).await;
    let report = Home::new().plat().args(["report"]).env("PLAT_TELEMETRY_ENDPOINT", &endpoint.url).output();
    let report = String::from_utf8(report.expect("plat runs").stdout).expect("text");
    let lines: Vec<String> = report.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(lines[0].starts_with("First deploy, until the prompt: plat is slower, 2.5 times as long"), "{report}");
    for row in [
        "first plat 15 100 % 1.20 s 1.20 s 3.00 s 3.00 s 3.00 s -",
        "first kubectl 15 100 % 1.20 s 1.20 s 1.20 s 1.20 s 1.20 s -",
    ] {
        assert!(lines.iter().any(|line| line == row), "{row}: {report}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_well() {
    let mut endpoint = Endpoint::start(0);
    let pid = endpoint.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    assert_eq!(endpoint.process.wait().expect("it ends").code(), Some(0));
}
