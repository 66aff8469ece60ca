//! Brings an image archive into a sandbox's registry: the sandbox's network has no way out, so its node can pull from
//! nowhere else.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::architecture::architecture;
use super::archive::{self, Packed};
use super::model::Sandbox;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Pushes the image of an archive, and returns its reference in the sandbox's registry. `name` (`NAME[:TAG]`) is for an
/// archive that gives its image none, or another one.
///
/// # Errors
/// When the file holds no image for this machine, or the registry does not take it.
pub async fn load(sandbox: &Sandbox, file: &Path, name: Option<&str>, progress: &dyn Progress) -> Result<String> {
    let path = file.to_owned();
    // Beside the runtime: the archive may be a pipe whose writer takes its time, and Ctrl-C ends that too.
    let read = tokio::task::spawn_blocking(move || {
        let archive = File::open(path).map_err(|e| Error::user("the archive cannot be read").detail(e.to_string()))?;
        archive::read(BufReader::new(archive), architecture())
    });
    let read = read.await.map_err(|e| Error::bug("reading the archive stopped").because(e))?;
    let image = read.map_err(|e| e.at(file.display()))?;
    let (repository, tag) = name_and_tag(name.or(image.name.as_deref()).ok_or_else(|| {
        Error::user("the archive gives its image no name").at(file.display()).hint("give it one: --as NAME:TAG")
    })?)?;
    let step = progress.step(&format!("loading {repository}:{tag}"));
    let registry = Registry::of(sandbox)?;
    push(&registry, &image, &repository, &tag).await?;
    step.done("");
    Ok(format!("{}/{repository}:{tag}", sandbox.registry))
}

async fn push(registry: &Registry, image: &Packed, repository: &str, tag: &str) -> Result<()> {
    for (digest, bytes) in &image.blobs {
        let there = registry.send(registry.request(Method::HEAD, &format!("{repository}/blobs/{digest}"))).await?;
        if there.status().is_success() {
            continue;
        }
        let started = registry.send(registry.request(Method::POST, &format!("{repository}/blobs/uploads/"))).await?;
        let started = accepted(started, repository)?;
        let location = started.headers().get("location").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let upload = registry.upload(location, digest)?.body(bytes.clone());
        accepted(registry.send(upload).await?, digest)?;
    }
    let manifest = registry
        .request(Method::PUT, &format!("{repository}/manifests/{tag}"))
        .header("content-type", &image.media_type)
        .body(image.manifest.clone());
    accepted(registry.send(manifest).await?, &format!("{repository}:{tag}"))?;
    Ok(())
}

fn accepted(response: Response, what: &str) -> Result<Response> {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::UNAUTHORIZED => Err(Error::user("the sandbox's registry refuses its own password")
            .at(what)
            .hint("the sandbox was started again meanwhile: run it once more")),
        status => Err(Error::user(format!("the sandbox's registry answers {status}")).at(what)),
    }
}

/// The sandbox's registry and its password.
struct Registry {
    client: Client,
    host: String,
    authorization: String,
}

impl Registry {
    fn of(sandbox: &Sandbox) -> Result<Self> {
        let path = sandbox.docker_config.join("config.json");
        let unreadable = || Error::user("the registry's password cannot be read").at(path.display());
        let text = std::fs::read(&path).map_err(|e| unreadable().because(e))?;
        let config: Value = serde_json::from_slice(&text).map_err(|e| unreadable().because(e))?;
        let auth = config["auths"][&sandbox.registry]["auth"].as_str().ok_or_else(unreadable)?;
        // Decoded once to be sure that it is what a header may carry.
        BASE64.decode(auth).map_err(|e| unreadable().because(e))?;
        // The relay is on this machine, whatever proxy the environment names.
        let client =
            Client::builder().no_proxy().build().map_err(|e| Error::bug("no HTTP client can be made").because(e))?;
        Ok(Self { client, host: sandbox.registry.clone(), authorization: format!("Basic {auth}") })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}/v2/{path}", self.host);
        self.client.request(method, url).header("authorization", &self.authorization)
    }

    /// The second half of an upload: the place that the registry named, with the digest.
    fn upload(&self, location: &str, digest: &str) -> Result<RequestBuilder> {
        let base = url::Url::parse(&format!("http://{}/", self.host));
        let place = base.and_then(|base| base.join(location)).map_err(|e| {
            Error::user("the sandbox's registry names no place for an upload").at(&self.host).because(e)
        })?;
        let mut place = place;
        place.query_pairs_mut().append_pair("digest", digest);
        Ok(self
            .client
            .put(place)
            .header("authorization", &self.authorization)
            .header("content-type", "application/octet-stream"))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        request.send().await.map_err(|e| {
            Error::user("the sandbox's registry does not answer")
                .at(&self.host)
                .hint("see what it does: plat sandbox status")
                .because(e)
        })
    }
}

/// Name and tag below the sandbox's registry: a host in front, as archives carry it, is dropped.
fn name_and_tag(reference: &str) -> Result<(String, String)> {
    let without_digest = reference.split('@').next().unwrap_or_default();
    let path = match without_digest.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => path,
        _ => without_digest,
    };
    let (name, tag) = path.rsplit_once(':').unwrap_or((path, "latest"));
    // The distribution specification's alphabet for names and tags.
    let name_fits =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c));
    let tag_fits = !tag.is_empty() && tag.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if name_fits && tag_fits {
        return Ok((name.to_owned(), tag.to_owned()));
    }
    Err(Error::user(format!("\"{}\" is not a name of an image", crate::text::foreign_line(reference, 100)))
        .hint("give it one: --as NAME:TAG, of a-z, 0-9 and . _ - /"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("docker.io/library/busybox:1.36", "library/busybox", "1.36")]
    #[case("busybox", "busybox", "latest")]
    #[case("localhost/shop/api:v1", "shop/api", "v1")]
    #[case("127.0.0.1:5000/api:v1", "api", "v1")]
    #[case("api@sha256:00", "api", "latest")]
    fn an_archives_name_loses_its_host(#[case] reference: &str, #[case] name: &str, #[case] tag: &str) {
        assert_eq!(name_and_tag(reference).unwrap(), (name.to_owned(), tag.to_owned()));
    }

    #[rstest]
    #[case("")]
    #[case("../../v2/_catalog:x/y")]
    #[case("Upper:case")]
    fn what_is_no_name_is_refused(#[case] reference: &str) {
        assert!(name_and_tag(reference).is_err());
    }
}
