//! What is said when a cluster cannot be chosen, reached or trusted; and the protocol for one that knows no HTTP/2.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use rstest::rstest;
use serde_json::{Value, json};

use super::support::Home;

/// A port on which nothing listens: it was free a moment ago, and is not given out again so soon.
fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).expect("a free port").local_addr().expect("its address").port()
}

fn kubeconfig(home: &Home, server: &str, user: &Value) -> PathBuf {
    let file = home.dir.path().join("test.kubeconfig");
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "prod-eu",
        "clusters": [{"name": "prod", "cluster": {"server": server, "insecure-skip-tls-verify": true}}],
        "users": [{"name": "me", "user": user}],
        "contexts": [
            {"name": "prod-eu", "context": {"cluster": "prod", "user": "me", "namespace": "shop"}},
            {"name": "broken", "context": {"cluster": "gone", "user": "me"}},
        ],
    });
    fs::write(&file, config.to_string()).expect("a kubeconfig can be written");
    file
}

/// Runs `plat status cart` with this kubeconfig; returns what it says.
fn status(home: &Home, kubeconfig: &std::ffi::OsStr, args: &[&str]) -> String {
    let assert = home.plat().env("KUBECONFIG", kubeconfig).args(["status", "cart"]).args(args).assert().code(1);
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

#[test]
fn without_a_kubeconfig_the_place_and_two_ways_on_are_named() {
    let home = Home::new();
    let missing = home.dir.path().join("missing");
    let said = status(&home, missing.as_os_str(), &[]);
    assert!(said.contains("there is no kubeconfig"), "{said}");
    assert!(said.contains(&missing.display().to_string()), "{said}");
    assert!(said.contains("hint: point KUBECONFIG at") && said.contains("plat try"), "{said}");
}

#[rstest]
#[case::misspelt(&["--context", "prod-ue"], &["there is no context \"prod-ue\"", "the nearest is \"prod-eu\"", "contexts there: prod-eu, broken"])]
#[case::without_cluster(&["--context", "broken"], &["context \"broken\" names cluster \"gone\", which no kubeconfig defines"])]
#[case::refused(&[], &["connection refused by the API server", "--> context prod-eu (https://127.0.0.1:"])]
fn a_cluster_that_cannot_be_chosen_or_reached(#[case] args: &[&str], #[case] expected: &[&str]) {
    let home = Home::new();
    let file = kubeconfig(&home, &format!("https://127.0.0.1:{}", closed_port()), &json!({}));
    let said = status(&home, file.as_os_str(), args);
    for text in expected {
        assert!(said.contains(text), "{text} is not in:\n{said}");
    }
}

#[test]
fn missing_files_of_the_list_are_skipped_as_kubectl_does() {
    let home = Home::new();
    let file = kubeconfig(&home, &format!("https://127.0.0.1:{}", closed_port()), &json!({}));
    let list = std::env::join_paths([home.dir.path().join("missing"), file]).expect("a list");
    assert!(status(&home, &list, &[]).contains("connection refused by the API server"));
}

#[test]
fn a_kubeconfig_that_is_no_yaml_is_shown_by_line_and_without_its_text() {
    let home = Home::new();
    let file = home.dir.path().join("bad.kubeconfig");
    fs::write(&file, "apiVersion: v1\nkind: Config\n  users: [token: s3cr3t\n").expect("a file");
    let said = status(&home, file.as_os_str(), &[]);
    assert!(said.contains("the kubeconfig cannot be understood") && said.contains("line 3"), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
}

#[rstest]
#[case::missing(json!({"command": "plat-test-no-such-login", "installHint": "curl https://example.com/login"}),
    &["plat-test-no-such-login, which logs in to context \"prod-eu\", is not on PATH", "| curl https://example.com/login"])]
#[case::failing(json!({"command": "sh", "args": ["-c", "echo 'session over, token=abcdefgh12345678' >&2; exit 7"]}),
    &["sh could not log in to context \"prod-eu\"", "| session over, token=***"])]
fn a_login_program_that_does_not_work(#[case] mut exec: Value, #[case] expected: &[&str]) {
    let home = Home::new();
    exec["apiVersion"] = "client.authentication.k8s.io/v1".into();
    exec["interactiveMode"] = "Never".into();
    let file = kubeconfig(&home, "https://127.0.0.1:1", &json!({ "exec": exec }));
    let said = status(&home, file.as_os_str(), &[]);
    for text in expected {
        assert!(said.contains(text), "{text} is not in:\n{said}");
    }
}

/// Says "not found" to everything, as an API server would, one connection after the other.
fn answer(mut stream: impl Read + Write) {
    let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound"});
    let body = body.to_string();
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk) {
        request.extend_from_slice(&chunk[..read]);
        if !request.starts_with(b"GET ") {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            return;
        }
        while let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            request.drain(..end + 4);
            let head = format!("HTTP/1.1 404 Not Found\r\ncontent-length: {}\r\n\r\n", body.len());
            if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).is_err() {
                return;
            }
        }
    }
}

#[test]
fn a_server_without_tls_is_spoken_to_in_plain_http() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    let home = Home::new();
    let file = kubeconfig(&home, &format!("http://{address}"), &json!({}));
    let said = status(&home, file.as_os_str(), &[]);
    assert!(said.contains("cannot list") || said.contains("there is no Deployment shop/cart"), "{said}");

    let file = kubeconfig(&home, &format!("https://{address}"), &json!({}));
    let said = status(&home, file.as_os_str(), &[]);
    assert!(said.contains("does not speak TLS") && said.contains("http://"), "{said}");
}

#[cfg(target_os = "linux")]
#[rstest]
#[case::only_http1(&["http/1.1"])]
#[case::no_negotiation(&[])]
fn a_server_that_knows_no_http2_is_spoken_to_in_http1(#[case] protocols: &[&str]) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    let certificate = parameters.self_signed(&key).expect("a certificate");
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("a server's certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).expect("a TLS connection");
            std::thread::spawn(move || answer(rustls::StreamOwned::new(connection, stream)));
        }
    });

    let home = Home::new();
    let file = kubeconfig(&home, &format!("https://{address}"), &json!({}));
    let said = status(&home, file.as_os_str(), &[]);
    assert!(said.contains("cannot list") || said.contains("there is no Deployment shop/cart"), "{said}");
}
