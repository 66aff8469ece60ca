//! A revision as Secrets: labels and annotations say what it is, the data holds the whole rendered set, compressed.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use super::head::{Head, OF, Outcome, REVISION, SECRET_TYPE, secret_name};
use crate::manifests::{MANAGED_BY, Manifest};

/// Bytes of one Secret's data; a Secret may hold 1 MiB (`MaxSecretSize`, pkg/apis/core). A multiple of 3, so that the
/// base64 of the chunks, one after the other, is the base64 of the whole.
const CHUNK: usize = 900 << 10;
/// Secrets of one revision.
const CHUNKS: usize = 10;
/// Bytes of a compressed set that can be recorded. 500 ordinary objects take some 50 KiB.
pub const LIMIT: usize = CHUNK * CHUNKS;
/// Bytes of a set that is read back: what a hostile Secret may unpack to.
const UNPACKED: u64 = 256 << 20;
/// Key of the compressed set.
const DATA: &str = "manifests";
/// Key of what the URLs of its kinds are called, so that a rollback needs no discovery.
const PLURALS: &str = "plurals";
/// Longest text of an annotation.
const TEXT: usize = 300;

/// Why a set cannot be kept or read back; a sentence for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError(pub String);

/// The Secrets of one revision; the first one, with what [`head`] reads, comes last: when it is there, all are.
///
/// # Errors
/// A set beyond [`LIMIT`].
pub fn encode(
    service: &str,
    namespace: &str,
    head: &Head,
    manifests: &[impl Borrow<Manifest>],
) -> Result<Vec<Secret>, EncodeError> {
    let packed = pack(manifests);
    if packed.len() > LIMIT {
        return Err(EncodeError(format!(
            "its manifests are {} MiB compressed; plat records up to {} MiB",
            packed.len() >> 20,
            LIMIT >> 20
        )));
    }
    let chunks: Vec<&[u8]> = packed.chunks(CHUNK).collect();
    let head = Head { chunks: chunks.len(), ..head.clone() };
    let secret = |(chunk, bytes): (usize, &&[u8])| {
        let mut data = BTreeMap::from([(DATA.to_owned(), ByteString(bytes.to_vec()))]);
        if chunk == 0 {
            data.insert(PLURALS.to_owned(), ByteString(plurals(manifests).to_string().into_bytes()));
        }
        Secret {
            metadata: ObjectMeta {
                name: Some(secret_name(service, head.number, chunk)),
                namespace: Some(namespace.to_owned()),
                labels: Some(labels(service, head.number)),
                annotations: (chunk == 0).then(|| annotations(&head)),
                ..ObjectMeta::default()
            },
            type_: Some(SECRET_TYPE.to_owned()),
            data: Some(data),
            ..Secret::default()
        }
    };
    Ok(chunks.iter().enumerate().map(secret).rev().collect())
}

fn labels(service: &str, number: u64) -> BTreeMap<String, String> {
    [(OF, service), (REVISION, &number.to_string()), ("app.kubernetes.io/managed-by", MANAGED_BY)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn annotations(head: &Head) -> BTreeMap<String, String> {
    let number = |n: &u64| n.to_string();
    let names = head.config_maps.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    [
        ("outcome", Some(head.outcome.word().to_owned())),
        ("reason", head.reason.clone()),
        ("who", head.who.clone()),
        ("commit", head.commit.clone()),
        ("image", head.image.clone()),
        ("rendered", Some(head.rendered.clone())),
        ("restores", head.restores.as_ref().map(number)),
        ("run", head.run.clone()),
        ("chunks", Some(head.chunks.to_string())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((format!("plat.dev/{key}"), value?.chars().take(TEXT).collect())))
    .chain((!names.is_empty()).then_some(("plat.dev/config-maps".to_owned(), names)))
    .collect()
}

/// Reads what a revision is from its first Secret's metadata; none of any other object.
#[must_use]
pub fn head(metadata: &ObjectMeta) -> Option<Head> {
    let number = metadata.labels.as_ref()?.get(REVISION)?.parse().ok()?;
    let annotations = metadata.annotations.as_ref()?;
    let text = |key: &str| annotations.get(&format!("plat.dev/{key}")).cloned();
    Some(Head {
        number,
        at: metadata.creation_timestamp.as_ref().map(|time| time.0),
        outcome: Outcome::of(&text("outcome")?)?,
        reason: text("reason"),
        who: text("who"),
        commit: text("commit"),
        image: text("image"),
        rendered: text("rendered")?,
        restores: text("restores").and_then(|n| n.parse().ok()),
        run: text("run"),
        chunks: text("chunks")?.parse().ok()?,
        config_maps: text("config-maps").iter().flat_map(|names| names.split(',')).map(str::to_owned).collect(),
    })
}

/// The manifests of a revision out of its Secrets, in any order.
///
/// # Errors
/// When a part is missing or was changed.
pub fn decode(secrets: &[Secret]) -> Result<Vec<Manifest>, EncodeError> {
    let broken = |why: &str| EncodeError(format!("its record in the cluster cannot be read: {why}"));
    let first = secrets.iter().find(|secret| head(&secret.metadata).is_some());
    let first = first.ok_or_else(|| broken("its first Secret is missing"))?;
    let head = head(&first.metadata).ok_or_else(|| broken("its first Secret is missing"))?;
    let base = first.metadata.name.as_deref().unwrap_or_default();
    let data = |secret: &'_ Secret, key: &str| secret.data.as_ref().and_then(|data| data.get(key)).map(|b| b.0.clone());
    let mut packed = Vec::new();
    for chunk in 0..head.chunks {
        let name = if chunk == 0 { base.to_owned() } else { format!("{base}-{chunk}") };
        let part = secrets.iter().find(|secret| secret.metadata.name.as_deref() == Some(&name));
        packed.extend(part.and_then(|part| data(part, DATA)).ok_or_else(|| broken(&format!("no Secret {name}")))?);
    }
    let plurals = data(first, PLURALS).unwrap_or_default();
    let plurals: BTreeMap<String, String> = serde_json::from_slice(&plurals).map_err(|e| broken(&e.to_string()))?;
    let mut text = String::new();
    let mut unpacked = GzDecoder::new(packed.as_slice()).take(UNPACKED);
    unpacked.read_to_string(&mut text).map_err(|e| broken(&e.to_string()))?;
    let mut list: Value = serde_json::from_str(&text).map_err(|e| broken(&e.to_string()))?;
    let Value::Array(items) = list["items"].take() else { return Err(broken("it holds no list")) };
    items.into_iter().map(|body| manifest(body, &plurals).ok_or_else(|| broken("an object without a name"))).collect()
}

fn manifest(body: Value, plurals: &BTreeMap<String, String>) -> Option<Manifest> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (api_version, kind) = (text(&body["apiVersion"])?, text(&body["kind"])?);
    Some(Manifest {
        resource: plurals.get(&format!("{api_version}/{kind}"))?.clone(),
        name: text(&body["metadata"]["name"])?,
        namespace: text(&body["metadata"]["namespace"]),
        api_version,
        kind,
        body,
    })
}

/// A `List` as kubectl reads and writes it, one line an object or more: what gunzip prints is for people too.
fn pack(manifests: &[impl Borrow<Manifest>]) -> Vec<u8> {
    let items: Vec<&Value> = manifests.iter().map(|manifest| &manifest.borrow().body).collect();
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": items });
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    // Writing into memory cannot fail.
    let _ = packed.write_all(format!("{list:#}\n").as_bytes());
    packed.finish().unwrap_or_default()
}

fn plurals(manifests: &[impl Borrow<Manifest>]) -> Value {
    let plural =
        |manifest: &Manifest| (format!("{}/{}", manifest.api_version, manifest.kind), json!(manifest.resource));
    Value::Object(manifests.iter().map(|manifest| plural(manifest.borrow())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::head::config_maps;

    fn head_of(number: u64) -> Head {
        Head {
            number,
            at: None,
            outcome: Outcome::InProgress,
            reason: None,
            who: Some("ada@example.com".to_owned()),
            commit: Some("0123abcd".to_owned()),
            image: Some("r.example/shop@sha256:00".to_owned()),
            rendered: "ff".to_owned(),
            restores: None,
            run: Some("0193".to_owned()),
            chunks: 0,
            config_maps: std::collections::BTreeSet::new(),
        }
    }

    fn manifest_of(name: &str, text: &str) -> Manifest {
        Manifest {
            api_version: "v1".to_owned(),
            kind: "ConfigMap".to_owned(),
            resource: "configmaps".to_owned(),
            name: name.to_owned(),
            namespace: Some("shop".to_owned()),
            body: json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "shop"}, "data": {"a": text, "mode": "0644", "on": "yes"}}),
        }
    }

    /// Text that gzip cannot make smaller.
    fn noise(bytes: usize) -> String {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'!' + u8::try_from(state % 90).expect("below 90"))
        };
        (0..bytes).map(|_| next()).collect()
    }

    #[test]
    fn what_was_recorded_is_read_back_as_it_was_and_in_any_order() {
        let manifests = [manifest_of("shop-1", "small"), manifest_of("shop-2", &noise(3 << 20))];
        let head_of_it = Head { config_maps: config_maps(&manifests), ..head_of(7) };
        let mut secrets = encode("shop", "shop", &head_of_it, &manifests).expect("it fits");
        let names: Vec<_> = secrets.iter().filter_map(|secret| secret.metadata.name.as_deref()).collect();
        assert_eq!(names, ["plat-shop-rev-7-2", "plat-shop-rev-7-1", "plat-shop-rev-7"], "the head is written last");
        assert!(secrets.iter().all(|s| s.data.as_ref().is_some_and(|data| data["manifests"].0.len() <= CHUNK)));
        secrets.swap(0, 1);
        assert_eq!(decode(&secrets).expect("all is there"), manifests);

        let read = head(&secrets[2].metadata).expect("a head");
        assert_eq!(head_of_it.config_maps, ["shop/shop-1", "shop/shop-2"].map(str::to_owned).into());
        assert_eq!(read, Head { chunks: 3, ..head_of_it });
        secrets.remove(1);
        assert_eq!(
            decode(&secrets).expect_err("a part is missing").0,
            "its record in the cluster cannot be read: no Secret plat-shop-rev-7-2"
        );
    }

    #[test]
    fn what_is_too_large_is_refused_before_the_cluster_refuses_it() {
        let manifests: Vec<_> = (0..5).map(|n| manifest_of(&format!("m{n}"), &noise(3 << 20))).collect();
        let refused = encode("shop", "shop", &head_of(1), &manifests).expect_err("too large");
        assert!(refused.0.contains("plat records up to 8 MiB"), "{}", refused.0);
    }

    #[test]
    fn a_record_that_is_none_is_said_so_and_nothing_panics() {
        let mut secrets = encode("shop", "shop", &head_of(1), &[manifest_of("a", "b")]).expect("it fits");
        let data = secrets[0].data.as_mut().expect("data");
        data.insert("manifests".to_owned(), ByteString(b"not gzip".to_vec()));
        assert!(decode(&secrets).is_err());
        assert!(decode(&[]).is_err());
    }
}
