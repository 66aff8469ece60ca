//! One request for one object, addressed by its manifest: no discovery, no type.

use std::time::Instant;

use http::header::{CONTENT_TYPE, DATE};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use kube::api::{
    DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions, PropagationPolicy, Request,
};
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;

use crate::cluster::connect::{About, Cluster, warnings};
use crate::manifests::{MANAGED_BY, Manifest};

/// The field manager of everything that plat writes.
pub(in crate::cluster) const MANAGER: &str = MANAGED_BY;
/// Requests in flight, at most: enough to hide the distance, few enough that an API server (100 streams a connection,
/// `k8s.io/apiserver`, `--http2-max-streams-per-connection`) and its fairness queues are not flooded.
pub(in crate::cluster) const PARALLEL: usize = 48;

/// How an apply is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) struct Mode {
    /// The field manager.
    pub manager: &'static str,
    /// The server does all but write.
    pub dry_run: bool,
    /// Takes over the fields of other managers; otherwise one such field refuses the whole object.
    pub take: bool,
}

/// The object as the server answered it, and what dates it.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Reply {
    pub object: Value,
    /// The server's clock when it began with this request, at the latest (header `Date`, whole seconds).
    pub began: Option<Timestamp>,
    /// What it warns of.
    pub warnings: Vec<String>,
}

/// The address of an object of the core group, or with an empty name of all of its kind.
pub(in crate::cluster) fn core(kind: &str, resource: &str, namespace: Option<&str>, name: &str) -> Manifest {
    Manifest {
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        resource: resource.to_owned(),
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
        body: Value::Null,
    }
}

/// Server-side apply with strict field validation.
pub(in crate::cluster) async fn apply(
    cluster: &Cluster,
    manifest: &Manifest,
    mode: Mode,
) -> Result<Reply, kube::Error> {
    let mut params = PatchParams::apply(mode.manager).validation_strict();
    params.dry_run = mode.dry_run;
    params.force = mode.take;
    let patch = Patch::Apply(&manifest.body);
    let request = Request::new(collection(manifest)).patch(&manifest.name, &params, &patch);
    let request = request.map_err(kube::Error::BuildRequest)?.map(|body| printable(&body));
    let reply = send(cluster, describe(manifest), request).await?;
    cluster.warned.tell(&cluster.events, &describe(manifest), &reply.warnings);
    Ok(reply)
}

/// Escapes what the API server, which reads an apply as YAML, would refuse (YAML 1.2, 5.1) or silently make a space
/// of (the line breaks of YAML 1.1), though JSON has no need to escape it: U+007F to U+009F, U+2028, U+2029, U+FEFF,
/// U+FFFE, U+FFFF. Such bytes stand in texts only.
fn printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let [first, tail @ ..] = rest {
        let (escaped, length): (Option<String>, usize) = match rest {
            [0x7f, ..] => (Some("\\u007f".to_owned()), 1),
            [0xc2, second @ 0x80..=0x9f, ..] => (Some(format!("\\u00{second:02x}")), 2),
            [0xe2, 0x80, third @ (0xa8 | 0xa9), ..] => (Some(format!("\\u20{:02x}", third - 0x80)), 3),
            [0xef, 0xbb, 0xbf, ..] => (Some("\\ufeff".to_owned()), 3),
            [0xef, 0xbf, third @ (0xbe | 0xbf), ..] => (Some(format!("\\uff{:02x}", third + 0x40)), 3),
            _ => (None, 1),
        };
        match escaped {
            Some(escaped) => out.extend_from_slice(escaped.as_bytes()),
            None => out.push(*first),
        }
        rest = if length == 1 { tail } else { &rest[length..] };
    }
    out
}

/// The server's clock (whole seconds); none where it does not say.
pub(in crate::cluster) async fn server_time(cluster: &Cluster) -> Result<Option<Timestamp>, kube::Error> {
    let request = http::Request::get("/version").body(Vec::new()).map_err(kube::Error::HttpError)?;
    Ok(send(cluster, "the version of the API server".to_owned(), request).await?.began)
}

/// Reads the object; none when it is not there.
pub(in crate::cluster) async fn get(cluster: &Cluster, manifest: &Manifest) -> Result<Option<Value>, kube::Error> {
    let request = Request::new(collection(manifest)).get(&manifest.name, &GetParams::default());
    let request = request.map_err(kube::Error::BuildRequest)?;
    Ok(if_there(send(cluster, describe(manifest), request).await)?.map(|reply| reply.object))
}

/// None for what is not there.
pub(in crate::cluster) fn if_there(answer: Result<Reply, kube::Error>) -> Result<Option<Reply>, kube::Error> {
    match answer {
        Ok(reply) => Ok(Some(reply)),
        Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The metadata of all objects of this address's kind and namespace that the selector fits.
pub(in crate::cluster) async fn list(
    cluster: &Cluster,
    address: &Manifest,
    selector: &str,
) -> Result<Vec<Value>, kube::Error> {
    let params = ListParams::default().labels(selector);
    let request = Request::new(collection(address)).list_metadata(&params).map_err(kube::Error::BuildRequest)?;
    let mut reply = send(cluster, address.resource.clone(), request).await?;
    match reply.object["items"].take() {
        Value::Array(items) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// Deletes the object with this UID; one that is gone, or another of its name, is as good as deleted. `Foreground`
/// keeps it there until all that it owns is gone. Returns the object where it is still there, being deleted.
pub(in crate::cluster) async fn delete(
    cluster: &Cluster,
    address: &Manifest,
    uid: &str,
    propagation: PropagationPolicy,
) -> Result<Option<Value>, kube::Error> {
    let params = DeleteParams {
        propagation_policy: Some(propagation),
        preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        ..DeleteParams::default()
    };
    let request =
        Request::new(collection(address)).delete(&address.name, &params).map_err(kube::Error::BuildRequest)?;
    match send(cluster, describe(address), request).await {
        Ok(reply) => Ok(Some(reply.object).filter(is_ending)),
        Err(kube::Error::Api(status)) if status.is_not_found() || is_another(&status) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it is being deleted. It is neither there nor gone: what is written to it goes with it.
pub(in crate::cluster) fn is_ending(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// `Precondition failed: UID in precondition: …` (`k8s.io/apiserver`, `storage.NewInvalidObjError`).
fn is_another(status: &Status) -> bool {
    status.code == 409 && status.message.contains("UID in precondition")
}

/// A JSON patch (RFC 6902).
pub(in crate::cluster) async fn patch(
    cluster: &Cluster,
    address: &Manifest,
    patch: &[Value],
) -> Result<Reply, kube::Error> {
    patched(cluster, address, "application/json-patch+json", serde_json::to_vec(patch)).await
}

/// A JSON merge patch (RFC 7396). What it sets is plat's, but no part of what plat applies: the next apply leaves it.
pub(in crate::cluster) async fn merge(
    cluster: &Cluster,
    address: &Manifest,
    patch: &Value,
) -> Result<Reply, kube::Error> {
    patched(cluster, address, "application/merge-patch+json", serde_json::to_vec(patch)).await
}

async fn patched(
    cluster: &Cluster,
    address: &Manifest,
    content_type: &str,
    body: serde_json::Result<Vec<u8>>,
) -> Result<Reply, kube::Error> {
    let body = body.map_err(kube::Error::SerdeError)?;
    let target = format!("{}/{}?fieldManager={MANAGER}", collection(address), address.name);
    let request = http::Request::patch(&target).header(CONTENT_TYPE, content_type).body(body);
    send(cluster, describe(address), request.map_err(kube::Error::HttpError)?).await
}

/// Writes the whole object as it is given; its `resourceVersion` says which state that replaces.
pub(in crate::cluster) async fn replace(
    cluster: &Cluster,
    manifest: &Manifest,
    body: &Value,
) -> Result<Reply, kube::Error> {
    let body = serde_json::to_vec(body).map_err(kube::Error::SerdeError)?;
    let params = PostParams { dry_run: false, field_manager: Some(MANAGER.to_owned()) };
    let request = Request::new(collection(manifest)).replace(&manifest.name, &params, body);
    send(cluster, describe(manifest), request.map_err(kube::Error::BuildRequest)?).await
}

/// What the server would make of a new object.
pub(in crate::cluster) async fn create_dry_run(cluster: &Cluster, manifest: &Manifest) -> Result<Value, kube::Error> {
    let body = serde_json::to_vec(&manifest.body).map_err(kube::Error::SerdeError)?;
    let params = PostParams { dry_run: true, field_manager: Some(MANAGER.to_owned()) };
    let request = Request::new(collection(manifest)).create(&params, body).map_err(kube::Error::BuildRequest)?;
    send(cluster, describe(manifest), request).await.map(|reply| reply.object)
}

/// `Deployment shop/payments-api`
pub(in crate::cluster) fn describe(manifest: &Manifest) -> String {
    manifest.describe()
}

pub(in crate::cluster) fn collection(manifest: &Manifest) -> String {
    let prefix = if manifest.api_version.contains('/') { "/apis" } else { "/api" };
    let namespace = manifest.namespace.as_ref().map(|name| format!("/namespaces/{name}")).unwrap_or_default();
    format!("{prefix}/{}{namespace}/{}", manifest.api_version, manifest.resource)
}

/// Sends a request that is tried again as what it is; `about` is what a reader is told then.
pub(in crate::cluster) async fn send(
    cluster: &Cluster,
    about: String,
    mut request: http::Request<Vec<u8>>,
) -> Result<Reply, kube::Error> {
    request.extensions_mut().insert(About(about));
    through(&cluster.client, request).await
}

/// One attempt, or as many as this client makes.
pub(in crate::cluster) async fn through(
    client: &Client,
    request: http::Request<Vec<u8>>,
) -> Result<Reply, kube::Error> {
    let sent = Instant::now();
    let response = client.send(request.map(Body::from)).await?;
    let took = SignedDuration::try_from(sent.elapsed()).unwrap_or(SignedDuration::MAX);
    let date = response.headers().get(DATE).and_then(|date| date.to_str().ok());
    let began = date
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .and_then(|date| date.timestamp().checked_sub(took).ok());
    let code = response.status();
    let warnings = warnings(response.headers());
    let body = response.into_body().collect_bytes().await?;
    if code.is_success() {
        return Ok(Reply { object: serde_json::from_slice(&body).map_err(kube::Error::SerdeError)?, began, warnings });
    }
    let status = serde_json::from_slice::<Status>(&body).unwrap_or_else(|_| {
        let text = String::from_utf8_lossy(&body).into_owned();
        Status::failure(if text.is_empty() { code.as_str() } else { &text }, "").with_code(code.as_u16())
    });
    Err(kube::Error::Api(status.boxed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_cannot_print_is_escaped_and_stays_the_same_text() {
        let value =
            serde_json::json!({"a": "x\u{7f}\u{85}\u{2028}\u{2029}\u{feff}\u{fffe}\u{ffff}é\u{a0}\u{1f600}\ty"});
        let body = printable(&serde_json::to_vec(&value).expect("JSON"));
        let text = String::from_utf8(body.clone()).expect("still UTF-8");
        assert_eq!(text, "{\"a\":\"x\\u007f\\u0085\\u2028\\u2029\\ufeff\\ufffe\\uffffé\u{a0}\u{1f600}\\ty\"}");
        assert_eq!(serde_json::from_slice::<Value>(&body).expect("still JSON"), value);
    }
}
