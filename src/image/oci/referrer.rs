//! What is said of an image that is there: a manifest of its own that names the image as its subject (OCI image
//! specification 1.1, "Guidelines for Artifact Usage"). Pure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::blob::Blob;
use super::media_type::{EMPTY, INDEX, MANIFEST};
use super::package::{Document, document};

/// The manifest or index that something is said of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub media_type: String,
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

impl From<&Document> for Subject {
    fn from(document: &Document) -> Self {
        let Document { digest, media_type, bytes } = document;
        Self { media_type: (*media_type).to_owned(), digest: digest.clone(), size: bytes.len() as u64 }
    }
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Of what kind it is; also the media type of its bytes.
    pub kind: &'static str,
    /// As whoever pulls it names the file.
    pub file: &'static str,
    pub annotations: BTreeMap<&'static str, &'static str>,
    pub bytes: Vec<u8>,
}

/// A manifest that says something of another one, and what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    pub subject: Subject,
    pub kind: &'static str,
    pub manifest: Document,
    pub blobs: [Blob; 2],
    annotations: BTreeMap<&'static str, &'static str>,
}

impl Referrer {
    #[must_use]
    pub fn new(subject: Subject, words: Words) -> Self {
        let Words { kind, file, annotations, bytes } = words;
        let (empty, content) = (Blob::of(b"{}".to_vec()), Blob::of(bytes));
        let mut of_layer = annotations.clone();
        of_layer.insert("org.opencontainers.image.title", file);
        let mut manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": kind,
            "config": { "mediaType": EMPTY, "digest": empty.digest, "size": empty.size, "data": "e30=" },
            "layers": [{
                "mediaType": kind, "digest": content.digest, "size": content.size, "annotations": of_layer,
            }],
            "subject": { "mediaType": subject.media_type, "digest": subject.digest, "size": subject.size },
        });
        if !annotations.is_empty() {
            manifest["annotations"] = json!(annotations);
        }
        let manifest = document(MANIFEST, &manifest);
        Self { subject, kind, manifest, blobs: [empty, content], annotations }
    }

    /// As a list of referrers names it.
    fn descriptor(&self) -> Value {
        let mut descriptor = json!({
            "mediaType": MANIFEST,
            "digest": self.manifest.digest,
            "size": self.manifest.bytes.len(),
            "artifactType": self.kind,
        });
        if !self.annotations.is_empty() {
            descriptor["annotations"] = json!(self.annotations);
        }
        descriptor
    }

    /// Whether a list of referrers has it.
    #[must_use]
    pub fn is_in(&self, list: &Value) -> bool {
        list["manifests"]
            .as_array()
            .is_some_and(|entries| entries.iter().any(|entry| entry["digest"] == self.manifest.digest.as_str()))
    }
}

/// Where the list lies in a registry that does not keep it itself (distribution specification 1.1, "Referrers Tag
/// Schema").
#[must_use]
pub fn fallback_tag(subject: &str) -> String {
    subject.replacen(':', "-", 1)
}

/// That list with these in it: what others have put there stays. None where it is another thing than such a list.
#[must_use]
pub fn listed(list: Option<Value>, referrers: &[&Referrer]) -> Option<Document> {
    let mut list = list.unwrap_or_else(|| json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }));
    let missing: Vec<Value> = referrers.iter().filter(|one| !one.is_in(&list)).map(|one| one.descriptor()).collect();
    list.get_mut("manifests")?.as_array_mut()?.extend(missing);
    Some(document(INDEX, &list))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn referrer(text: &str) -> Referrer {
        let subject = Subject { media_type: MANIFEST.to_owned(), digest: "sha256:5b1e".to_owned(), size: 7 };
        let annotations = BTreeMap::from([("in-toto.io/predicate-type", "https://example.com/v1")]);
        let words = Words { kind: "application/json", file: "words.json", annotations, bytes: text.into() };
        Referrer::new(subject, words)
    }

    #[test]
    fn a_referrer_is_a_manifest_with_a_subject() {
        let manifest: Value = serde_json::from_slice(&referrer("{}").manifest.bytes).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&manifest).unwrap());
    }

    #[test]
    fn a_list_keeps_what_others_have_put_there_and_has_nothing_twice() {
        let theirs = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"digest": "sha256:7e1r"}], "x": 1});
        let mine = referrer("{}");
        let list =
            |list: Option<Value>| -> Value { serde_json::from_slice(&listed(list, &[&mine]).unwrap().bytes).unwrap() };
        let with_mine = list(Some(theirs));
        assert_eq!(list(Some(with_mine.clone())), with_mine);
        insta::assert_snapshot!(serde_json::to_string_pretty(&with_mine).unwrap());
        assert!(mine.is_in(&list(None)));
        assert_eq!(fallback_tag(&mine.subject.digest), "sha256-5b1e");
    }

    #[test]
    fn an_image_under_the_tag_is_no_list() {
        assert_eq!(listed(Some(json!({"schemaVersion": 2, "layers": []})), &[&referrer("{}")]), None);
    }
}
