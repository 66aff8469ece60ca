//! One blob to a registry: mounted where the registry has it elsewhere, else streamed; what was cut off goes on.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt};
use http::StatusCode;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use reqwest::{Body, Method};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use url::Url;

use super::client::{Client, NOTICE, bounds_of};
use super::exchange::{Answer, Bounds, Cause, exchange};
use crate::image::oci::Blob;

/// What is not larger goes in one request, and is sent again where that is cut off.
const SMALL: u64 = 256 << 10;
/// Bytes that are read at a time.
const CHUNK: usize = 256 << 10;
/// Between the attempts to go on with an upload.
const WAITS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];
const STREAM: &str = "application/octet-stream";

/// Where the bytes come from.
#[derive(Clone, Copy)]
pub enum From<'a> {
    Bytes(&'a [u8]),
    File(&'a Path),
    /// A registry that has it.
    Registry(&'a Client),
}

/// Bytes that have gone out so far.
pub type Sent = Arc<AtomicU64>;

/// Asks the registry to take a blob from another of its repositories. Where it does not, an upload has begun.
pub async fn mount(client: &Client, digest: &str, repository: &str) -> Result<Option<Url>, Cause> {
    let mut url = client.url("blobs/uploads/")?;
    url.query_pairs_mut().append_pair("mount", digest).append_pair("from", repository);
    let answer = exchange(client.request(Method::POST, url).header(CONTENT_LENGTH, 0), NOTICE).await?.successful()?;
    if answer.status == StatusCode::CREATED { Ok(None) } else { place(client, &answer).map(Some) }
}

pub async fn begin(client: &Client) -> Result<Url, Cause> {
    let begin = client.request(Method::POST, client.url("blobs/uploads/")?).header(CONTENT_LENGTH, 0);
    place(client, &exchange(begin, NOTICE).await?.successful()?)
}

/// A small blob, unless the registry has it.
pub async fn bytes(client: &Client, blob: &Blob, bytes: &[u8]) -> Result<(), Cause> {
    if client.has_blob(&blob.digest).await? {
        return Ok(());
    }
    let at = begin(client).await?;
    send(client, at, blob, From::Bytes(bytes), &Sent::default()).await
}

/// Sends a blob to where its upload has begun.
pub async fn send(client: &Client, at: Url, blob: &Blob, from: From<'_>, sent: &Sent) -> Result<(), Cause> {
    if blob.size <= SMALL {
        let body = body(blob, from, 0, sent).await?;
        return finish(client, at, blob, Some(body)).await;
    }
    let mut upload = Upload { client, at, blob, from, sent };
    let (mut start, mut waits) = (0, WAITS.into_iter());
    loop {
        match upload.rest(start).await {
            Ok(()) => return finish(client, upload.at, blob, None).await,
            Err(cause @ (Cause::Unreachable(_) | Cause::TooLong(_))) => {
                let Some(wait) = waits.next() else { return Err(cause) };
                tokio::time::sleep(wait).await;
                // It may be the registry itself that is gone; the wait is then as good as the question.
                start = upload.received().await.unwrap_or(start);
            }
            Err(cause) => return Err(cause),
        }
    }
}

struct Upload<'a> {
    client: &'a Client,
    at: Url,
    blob: &'a Blob,
    from: From<'a>,
    sent: &'a Sent,
}

impl Upload<'_> {
    /// Everything from this byte on.
    async fn rest(&mut self, start: u64) -> Result<(), Cause> {
        let size = self.blob.size;
        if start >= size {
            return Ok(());
        }
        let body = body(self.blob, self.from, start, self.sent).await?;
        let patch = self.client.request(Method::PATCH, self.at.clone()).header(CONTENT_TYPE, STREAM);
        let patch = patch.header(CONTENT_LENGTH, size - start);
        let patch = if start > 0 { patch.header(CONTENT_RANGE, format!("{start}-{}", size - 1)) } else { patch };
        let bounds = Bounds { time: bounds_of(size - start).time, ..NOTICE };
        let answer = exchange(patch.body(body), bounds).await?.successful()?;
        self.at = place(self.client, &answer)?;
        Ok(())
    }

    /// How much of it the registry has.
    async fn received(&mut self) -> Result<u64, Cause> {
        let answer = exchange(self.client.request(Method::GET, self.at.clone()), NOTICE).await?.successful()?;
        let received = answer.header("range").and_then(received);
        if let Ok(at) = place(self.client, &answer) {
            self.at = at;
        }
        received.ok_or_else(|| Cause::Unexpected("does not say how much of an upload it has".to_owned()))
    }
}

/// Of `0-1023`, with which also an empty upload begins: `0-0`.
fn received(range: &str) -> Option<u64> {
    let last: u64 = range.trim_start_matches("bytes=").split_once('-')?.1.parse().ok()?;
    Some(if last == 0 { 0 } else { last + 1 })
}

async fn finish(client: &Client, mut at: Url, blob: &Blob, body: Option<Body>) -> Result<(), Cause> {
    at.query_pairs_mut().append_pair("digest", &blob.digest);
    let put = client.request(Method::PUT, at);
    let put = match body {
        Some(body) => put.header(CONTENT_TYPE, STREAM).header(CONTENT_LENGTH, blob.size).body(body),
        None => put.header(CONTENT_LENGTH, 0),
    };
    // A registry may hash all of it before it answers.
    let bounds = Bounds { time: bounds_of(blob.size).time, ..NOTICE };
    exchange(put, bounds).await?.successful().map(drop)
}

/// Where an upload goes on. It may be another host, but not off TLS.
fn place(client: &Client, answer: &Answer) -> Result<Url, Cause> {
    let location = answer.header("location").and_then(|location| client.base.join(location).ok());
    let place = location.ok_or_else(|| Cause::Unexpected("names no place to upload to".to_owned()))?;
    if place.scheme() != client.base.scheme() && place.scheme() != "https" {
        let origin = place.origin().ascii_serialization();
        return Err(Cause::Unexpected(format!("wants an upload off TLS, to {origin}")));
    }
    Ok(place)
}

async fn body(blob: &Blob, from: From<'_>, start: u64, sent: &Sent) -> Result<Body, Cause> {
    let lost = |what: std::io::Error| Cause::Unexpected(format!("was not sent all of a layer: {what}"));
    match from {
        From::Bytes(bytes) => {
            let rest = bytes[usize::try_from(start).unwrap_or(usize::MAX).min(bytes.len())..].to_vec();
            sent.fetch_add(rest.len() as u64, Ordering::Relaxed);
            Ok(rest.into())
        }
        From::File(path) => {
            let mut file = tokio::fs::File::open(path).await.map_err(lost)?;
            file.seek(std::io::SeekFrom::Start(start)).await.map_err(lost)?;
            Ok(Body::wrap_stream(counted(chunks(file), sent)))
        }
        From::Registry(registry) => {
            let response = registry.blob_from(&blob.digest, start).await?;
            Ok(Body::wrap_stream(counted(response.bytes_stream().map_ok(Vec::from), sent)))
        }
    }
}

fn chunks(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    futures::stream::try_unfold(file, async |mut file| {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok((read > 0).then_some((chunk, file)))
    })
}

fn counted<E>(
    stream: impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static,
    sent: &Sent,
) -> impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static {
    let sent = Arc::clone(sent);
    stream.inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        }
    })
}
