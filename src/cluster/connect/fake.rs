//! An API server of a few lines, for tests of what plat sends and what it sends again.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use kube::{Client, Config};

use super::warned::Warned;
use super::{Cluster, NamespaceSource, retry};
use crate::event::{Event, Events, Reporter};

type Lines = Arc<Mutex<Vec<String>>>;

/// A cluster whose API server refuses the first request with a code, or with 0 loses the connection, and answers all
/// others with an empty object.
pub(in crate::cluster) struct Fake {
    pub cluster: Cluster,
    requests: Lines,
    warnings: Lines,
}

struct Warnings(Lines);

impl Reporter for Warnings {
    fn report(&self, event: &Event) {
        if let Event::Warning { text } = event {
            self.0.lock().expect("no test panics with it").push(text.clone());
        }
    }
}

impl Fake {
    pub async fn refusing(code: u16) -> Self {
        crate::install_tls_provider();
        let (requests, warnings) = (Lines::default(), Lines::default());
        let app = axum::Router::new().fallback(answer).with_state((code, Arc::clone(&requests)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = format!("http://{}", listener.local_addr().expect("its address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let mut config = Config::new(server.parse().expect("an address"));
        config.default_retry = false;
        let direct = Client::try_from(config.clone()).expect("a client");
        let events = Events::to(Warnings(Arc::clone(&warnings)));
        let cluster = Cluster {
            client: retry::around(&direct, &events),
            direct,
            namespace: "shop".to_owned(),
            namespace_from: NamespaceSource::Kubeconfig,
            context: "fake".to_owned(),
            server,
            config,
            login: None,
            events,
            warned: Warned::default(),
        };
        Self { cluster, requests, warnings }
    }

    /// `POST /api/v1/namespaces/shop/secrets`
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no test panics with it").clone()
    }

    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().expect("no test panics with it").clone()
    }
}

async fn answer(State((code, requests)): State<(u16, Lines)>, request: Request) -> (StatusCode, String) {
    let first = {
        let mut requests = requests.lock().expect("no test panics with it");
        requests.push(format!("{} {}", request.method(), request.uri().path()));
        requests.len() == 1
    };
    assert!(!first || code > 0, "the connection is lost on purpose");
    if first {
        let status = serde_json::json!({
            "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "not now", "code": code,
        });
        return (StatusCode::from_u16(code).expect("a code"), status.to_string());
    }
    (StatusCode::OK, "{}".to_owned())
}
