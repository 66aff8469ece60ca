//! Runs that stay here, runs that are sent, and endpoints that do not answer.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::routing::post;
use rstest::rstest;
use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::support::Home;

/// Any recorded command will do: this one fails for want of a plat.yaml.
fn run(home: &Home, endpoint: &str) -> (Option<i32>, String, String) {
    ended(home.plat().args(["deploy"]).env("PLAT_TELEMETRY_ENDPOINT", endpoint))
}

fn ended(command: &mut assert_cmd::Command) -> (Option<i32>, String, String) {
    let output = command.output().expect("plat runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn without_notice(stderr: &str) -> String {
    stderr.lines().filter(|line| !line.starts_with("warning: plat sends")).collect::<Vec<_>>().join("\n")
}

fn status(home: &Home) -> Value {
    let (_, stdout, stderr) = ended(home.plat().args(["telemetry", "status", "--output", "json"]));
    serde_json::from_str(&stdout).unwrap_or_else(|e| panic!("{e}: {stdout}{stderr}"))
}

fn flush(home: &Home, endpoint: &str, seconds: &str) -> (Option<i32>, String, String) {
    ended(home.plat().args(["telemetry", "flush", "--timeout", seconds]).env("PLAT_TELEMETRY_ENDPOINT", endpoint))
}

/// The ids of the runs that this machine recorded.
fn recorded(home: &Home) -> Vec<String> {
    let (_, stdout, _) = ended(home.plat().args(["telemetry", "show", "--last", "100", "--output", "json"]));
    let events = stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("one event a line"));
    events.map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
}

/// The ids of the runs that arrived, each as often as it was counted.
async fn arrived(endpoint: &Endpoint) -> Vec<String> {
    let page = endpoint.json("/api/runs?limit=10000").await;
    let runs = page["runs"].as_array().expect("a list").iter();
    let mut ids: Vec<_> = runs.map(|run| run["id"].as_str().expect("an id").to_owned()).collect();
    ids.sort();
    ids
}

/// Waits until as many runs arrived; returns what arrived then.
async fn arrive(endpoint: &Endpoint, n: usize) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        let ids = arrived(endpoint).await;
        if ids.len() >= n || Instant::now() > deadline {
            return ids;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_the_machine_by_default() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));

    home.plat().args(["deploy"]).assert().failure();

    let status = status(&home);
    assert_eq!((&status["mode"], &status["recorded"], &status["waiting"]), (&"local".into(), &1.into(), &0.into()));
    assert_eq!(status["pseudonym"], Value::Null, "nothing was sent, so none was made");
    // Sending on demand sends nothing either.
    home.plat().args(["telemetry", "flush"]).assert().success();
    assert_eq!(arrived(&endpoint).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_arrives_once_when_telemetry_is_on() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    home.plat().args(["telemetry", "on", "--endpoint", &endpoint.url]).assert().success();

    home.plat().args(["deploy"]).assert().failure();
    home.plat().args(["deploy"]).assert().failure();

    assert_eq!(arrive(&endpoint, 2).await, recorded(&home));
    // What the endpoint knows already is counted once, however often it is sent.
    endpoint.post("application/cloudevents+json", &event_lines(&home)[0]).await;
    assert_eq!(arrived(&endpoint).await, recorded(&home));
}

fn event_lines(home: &Home) -> Vec<String> {
    let (_, stdout, _) = ended(home.plat().args(["telemetry", "show", "--output", "json"]));
    stdout.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_at_the_same_time_all_arrive_once() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| run(&home, &endpoint.url));
        }
    });
    let arrived = arrive(&endpoint, 8).await;
    assert_eq!(arrived.len(), 8);
    assert_eq!(BTreeSet::from_iter(arrived), BTreeSet::from_iter(recorded(&home)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notice_comes_before_the_first_send_and_once() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    let (_, _, first) = run(&home, &endpoint.url);
    let (_, _, second) = run(&home, &endpoint.url);
    assert!(first.contains(&format!("warning: plat sends the timing and outcome of its runs to {}", endpoint.url)));
    assert!(!second.contains("plat sends"), "{second}");
}

/// What an endpoint does that is not there for us.
#[derive(Clone, Copy)]
enum Trouble {
    Down,
    /// Accepts and never answers.
    BlackHole,
    Answers(u16),
}

#[rstest]
#[case::down(Trouble::Down)]
#[case::black_hole(Trouble::BlackHole)]
#[case::internal_error(Trouble::Answers(500))]
#[case::wrong_path(Trouble::Answers(404))]
#[case::elsewhere(Trouble::Answers(307))]
#[tokio::test(flavor = "multi_thread")]
async fn trouble_at_the_endpoint_changes_nothing_and_loses_nothing(#[case] trouble: Trouble) {
    let home = Home::new();
    let expected = ended(home.plat().args(["deploy"]).env("DO_NOT_TRACK", "1"));
    let (addr, out_of_the_way) = make(trouble);
    let url = format!("http://{addr}");

    for _ in 0..3 {
        let (code, stdout, stderr) = run(&home, &url);
        assert_eq!(
            (code, stdout, without_notice(&stderr)),
            (expected.0, expected.1.clone(), expected.2.trim_end().to_owned())
        );
    }
    let (code, stdout, stderr) = flush(&home, &url, "1");
    assert_eq!((code, stdout.as_str()), (Some(1), "0 sent, 0 refused, 3 waiting\n"), "{stderr}");
    assert!(stderr.contains("3 of the recorded runs could not be sent"), "{stderr}");

    out_of_the_way();
    let endpoint = Endpoint::start(addr.port());
    let (code, _, stderr) = flush(&home, &url, "40");
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(arrived(&endpoint).await, recorded(&home));
}

/// Makes trouble at an address; the closure ends it.
fn make(trouble: Trouble) -> (SocketAddr, Box<dyn FnOnce() + Send>) {
    if let Trouble::Down = trouble {
        // Bound but not listening: refuses connections, and no other test takes the port.
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        return (socket.local_addr().expect("an address"), Box::new(move || drop(socket)));
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("an address");
    if let Trouble::Answers(status) = trouble {
        let server = answer(listener, status);
        return (addr, Box::new(move || server.abort()));
    }
    (addr, Box::new(move || drop(listener)))
}

fn answer(listener: TcpListener, status: u16) -> tokio::task::JoinHandle<()> {
    let status = StatusCode::from_u16(status).expect("a status");
    serve(listener, axum::Router::new().fallback(move || async move { (status, [("location", "/elsewhere")]) }))
}

fn serve(listener: TcpListener, router: axum::Router) -> tokio::task::JoinHandle<()> {
    listener.set_nonblocking(true).expect("a socket for tokio");
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket for tokio");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_the_endpoint_refuses_does_not_stop_the_others() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let picky = format!("http://{}", listener.local_addr().expect("an address"));
    let poison = Arc::new(OnceLock::<String>::new());
    let (forward, refused) = (endpoint.url.clone(), Arc::clone(&poison));
    let router = axum::Router::new().route(
        "/events",
        post(async move |body: String| match refused.get() {
            None => StatusCode::SERVICE_UNAVAILABLE,
            Some(refused) if body.contains(refused) => StatusCode::BAD_REQUEST,
            Some(_) => crate::endpoint::post(&forward, "application/cloudevents-batch+json", &body).await.0,
        }),
    );
    let server = serve(listener, router);
    for _ in 0..3 {
        run(&home, &picky);
    }
    let poison = poison.get_or_init(|| recorded(&home)[1].clone());

    let (code, _, stderr) = flush(&home, &picky, "40");

    assert_eq!(code, Some(0), "{stderr}");
    let expected: Vec<_> = recorded(&home).into_iter().filter(|id| id != poison).collect();
    assert_eq!(arrived(&endpoint).await, expected);
    assert_eq!(status(&home)["refused"], 1);
    server.abort();
}

#[rstest]
#[case::do_not_track(&[("DO_NOT_TRACK", "1")], "")]
#[case::off_in_the_environment(&[("PLAT_TELEMETRY", "off")], "")]
#[case::off_in_the_settings(&[], "telemetry: {mode: off}\n")]
#[tokio::test(flavor = "multi_thread")]
async fn off_records_nothing_even_with_an_endpoint(#[case] variables: &[(&str, &str)], #[case] settings: &str) {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    home.settings(settings);
    let mut command = home.plat();
    command.args(["deploy"]).env("PLAT_TELEMETRY_ENDPOINT", &endpoint.url).envs(variables.iter().copied());
    let (_, _, stderr) = ended(&mut command);
    assert_eq!(without_notice(&stderr), stderr.trim_end(), "no notice");
    assert_eq!((&status(&home)["recorded"], &status(&home)["waiting"]), (&0.into(), &0.into()));
    assert_eq!(arrived(&endpoint).await, [""; 0]);
}

#[rstest]
#[case("local", "Runs are recorded on this machine only.")]
#[case("off", "Runs are no longer recorded.")]
fn taking_the_consent_back_forgets_what_waits(#[case] mode: &str, #[case] said: &str) {
    let home = Home::new();
    home.plat().args(["telemetry", "on", "--endpoint", "http://127.0.0.1:9"]).assert().success();
    home.plat().args(["deploy"]).assert().failure();
    assert_eq!(status(&home)["waiting"], 1);

    let (code, _, stderr) = ended(home.plat().args(["telemetry", mode]));

    assert_eq!(code, Some(0));
    assert!(stderr.contains(said) && stderr.contains("1 recorded but unsent will not be sent"), "{stderr}");
    assert_eq!((&status(&home)["mode"], &status(&home)["waiting"]), (&mode.into(), &0.into()));
}

#[test]
fn a_state_folder_that_cannot_be_written_changes_nothing() {
    let home = Home::new();
    let (code, _, expected) = ended(home.plat().args(["deploy"]).env("DO_NOT_TRACK", "1"));
    // A file where the folder should be: root may write anywhere else.
    std::fs::create_dir_all(home.dir.path().join("plat")).expect("a folder");
    std::fs::write(home.dir.path().join("plat/state"), "").expect("a file");

    assert_eq!(run(&home, "http://127.0.0.1:9"), (code, String::new(), expected));
    let (_, _, verbose) = ended(home.plat().args(["deploy", "-v"]));
    assert!(verbose.contains("the run was not recorded"), "{verbose}");
}

#[rstest]
#[case("ftp://127.0.0.1", "is not an http or https address")]
#[case("https://me:hunter2@plat.example.com", "holds a user name or password")]
#[case("plat", "is not a URL")]
fn an_endpoint_that_is_none_is_refused(#[case] url: &str, #[case] why: &str) {
    let home = Home::new();
    let (code, _, stderr) = ended(home.plat().args(["telemetry", "on", "--endpoint", url]));
    assert_eq!(code, Some(1));
    assert!(stderr.contains(why) && !stderr.contains("hunter2"), "{stderr}");
    assert_eq!(status(&home)["mode"], "local");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_the_same_from_here_and_from_the_endpoint() {
    let (home, endpoint) = (Home::new(), Endpoint::start(0));
    run(&home, &endpoint.url);
    assert_eq!(flush(&home, &endpoint.url, "30").0, Some(0));
    let report = |from: &str| {
        ended(
            home.plat()
                .args(["report", "--from", from, "--output", "json"])
                .env("PLAT_TELEMETRY_ENDPOINT", &endpoint.url),
        )
    };
    assert_eq!(report("local"), report("endpoint"));
    assert_eq!(
        serde_json::from_str::<Value>(&report("local").1).expect("a summary")["unplaced"],
        serde_json::json!([{ "arm": "plat", "n": 1 }])
    );
}

/// It starts and ends with the process, as near as plat can know: never outside.
#[test]
fn what_plat_records_of_itself_lies_within_what_a_stopwatch_shows() {
    let home = Home::new();
    let (started_at, started) = (jiff::Timestamp::now(), Instant::now());
    home.plat().args(["deploy"]).assert().failure();
    let took = started.elapsed().as_secs_f64() * 1000.0;
    let (_, stdout, _) = ended(home.plat().args(["telemetry", "show", "--last", "1", "--output", "json"]));
    let run = serde_json::from_str::<Value>(&stdout).expect("an event")["data"]["customData"]["run"].clone();
    let prompt = run["prompt_ms"].as_f64().expect("the time until the prompt");
    assert!(prompt > 0.0 && prompt <= took, "{prompt} ms of {took}");
    let began: jiff::Timestamp = run["started_at"].as_str().expect("a start").parse().expect("a time");
    assert!(began >= started_at, "{began} after {started_at}");
}

#[test]
fn an_endpoint_that_is_down_is_said_by_the_report() {
    let (code, _, stderr) =
        ended(Home::new().plat().args(["report"]).env("PLAT_TELEMETRY_ENDPOINT", "http://127.0.0.1:9"));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("the telemetry endpoint does not answer") && stderr.contains("--from local"), "{stderr}");
}
