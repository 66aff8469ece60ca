//! An answer of the API server -> each field that it complains about.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::core::Status;
use serde_json::Value;

use super::complaint::{Complaint, What, walk};
use super::{invalid, typed};
use crate::diff::Step;
use crate::manifests::Manifest;
use crate::rollout::quantity;

/// All complaints of an answer; none where it names no field.
pub(super) fn read(manifest: &Manifest, status: &Status) -> Vec<Complaint> {
    let body = &manifest.body;
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut found: Vec<Complaint> = causes
        .filter(|cause| is_field(&cause.field))
        .map(|cause| invalid::read(body, &cause.field, &cause.message))
        .collect();
    if found.is_empty() {
        found = typed::read(body, &status.message);
    }
    if found.is_empty() && is_about_quantities(&status.message) {
        found = no_quantities(body);
    }
    if found.is_empty() && status.message.contains("illegal base64 data") {
        found = no_base64(body);
    }
    if found.iter().any(is_selector_missing) {
        // A selector that is not there selects no pod either.
        found.retain(
            |complaint| !matches!(&complaint.what, What::Refused(why) if why.contains("does not match template")),
        );
    }
    found.dedup();
    found
}

fn is_selector_missing(complaint: &Complaint) -> bool {
    complaint.rest == ".selector" && matches!(complaint.what, What::Missing(_))
}

/// `<nil>` is what Go writes for no field.
fn is_field(field: &str) -> bool {
    !field.is_empty() && !field.starts_with('<')
}

/// `k8s.io/apimachinery`, `resource.ErrFormatWrong`, `ErrNumeric`, `ErrSuffix`: none of them says which.
fn is_about_quantities(message: &str) -> bool {
    ["quantities must match the regular expression", "unable to parse quantity's suffix", "numeric part of quantity"]
        .iter()
        .any(|words| message.contains(words))
}

/// What stands where a quantity belongs, and is none.
fn no_quantities(body: &Value) -> Vec<Complaint> {
    let mut found = Vec::new();
    walk(body, &mut Vec::new(), &mut |steps: &[Step], value: &Value| {
        if let Value::String(text) = value
            && is_of_quantities(steps)
            && quantity::parse(text).is_none()
        {
            found.push(Complaint { steps: steps.to_vec(), rest: String::new(), what: What::Quantity });
        }
    });
    found
}

/// Maps of quantities, and single ones, in all kinds that are built in.
fn is_of_quantities(steps: &[Step]) -> bool {
    const MAPS: [&str; 9] =
        ["limits", "requests", "capacity", "hard", "max", "min", "default", "defaultRequest", "overhead"];
    const SINGLE: [&str; 3] = ["sizeLimit", "divisor", "averageValue"];
    match steps {
        [.., Step::Key(around), Step::Key(own)] => {
            MAPS.contains(&around.as_str()) || SINGLE.contains(&own.as_str()) || (around == "target" && own == "value")
        }
        _ => false,
    }
}

/// Bytes of a Secret or a ConfigMap that are written as a text.
fn no_base64(body: &Value) -> Vec<Complaint> {
    let of = |field: &'static str, why: &'static str| {
        let entries = body[field].as_object().into_iter().flatten();
        let texts = entries.filter_map(|(key, value)| Some((key, value.as_str()?)));
        let wrong = texts.filter(|(_, text)| STANDARD.decode(text.split_whitespace().collect::<String>()).is_err());
        wrong.map(move |(key, _)| Complaint {
            steps: vec![Step::Key(field.to_owned()), Step::Key(key.clone())],
            rest: String::new(),
            what: What::Refused(why.to_owned()),
        })
    };
    let data = (body["kind"] == "Secret").then(|| of("data", "this is not base64; a text belongs under `stringData`"));
    let bytes = of("binaryData", "this is not base64; a text belongs under `data`");
    data.into_iter().flatten().chain(bytes).collect()
}
