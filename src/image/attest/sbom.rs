//! What an image is made of, as a `CycloneDX` 1.6 document (<https://cyclonedx.org/docs/1.6/json/>). Pure.
//!
//! No time and no version of plat is in it, and its serial number follows from its content: the same image has the same
//! document.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::record::Packed;
use crate::image::component::{Component, Kind, License};

pub const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// The document of one image.
#[must_use]
pub fn document(name: &str, image: &Packed) -> Vec<u8> {
    let Packed { subject, platform, base, components } = image;
    let itself = Component::built(name, &subject.digest, &platform.architecture);
    let base = base.as_deref().map(Component::image);
    // Something that lies at two places is one thing.
    let mut by_reference: BTreeMap<String, &Component> = BTreeMap::new();
    for component in components.iter().chain(&base) {
        by_reference.entry(component.known_by()).or_insert(component);
    }
    let reference = itself.known_by();
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": { "components": [{ "type": "application", "name": "plat" }] },
            "component": described(&reference, &itself),
        },
        "components": by_reference.iter().map(|(reference, one)| described(reference, one)).collect::<Vec<_>>(),
        "dependencies": [{ "ref": reference, "dependsOn": by_reference.keys().collect::<Vec<_>>() }],
    });
    if let Some(base) = &base {
        // What is in it is not listed here.
        document["compositions"] = json!([{ "aggregate": "incomplete", "assemblies": [base.known_by()] }]);
    }
    document["serialNumber"] = json!(format!("urn:uuid:{}", serial(&document)));
    document.to_string().into_bytes()
}

fn described(reference: &str, component: &Component) -> Value {
    let Component { kind, group, name, version, purl, license, sha256 } = component;
    let kind = match kind {
        Kind::Application => "application",
        Kind::Container => "container",
        Kind::Library => "library",
    };
    let mut described = json!({ "type": kind, "bom-ref": reference, "name": name });
    for (key, value) in [("group", group), ("version", version), ("purl", purl)] {
        if let Some(value) = value {
            described[key] = json!(value);
        }
    }
    if let Some(sha256) = sha256 {
        described["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    if let Some(license) = license {
        described["licenses"] = match license {
            License::Expression(expression) => json!([{ "expression": expression }]),
            License::Name(name) => json!([{ "license": { "name": name } }]),
        };
    }
    described
}

/// A UUID of a kind of its own (RFC 9562, version 8): the beginning of a hash.
fn serial(document: &Value) -> Uuid {
    let hash = Sha256::digest(document.to_string());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::new_v8(bytes)
}
