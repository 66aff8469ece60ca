//! The rules for images: each can be broken, and an image that breaks none is found to.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::harness::tests;
use crate::support::image_rules::{Image, Layer, RULES, broken};

tests![LOCAL: each_rule_is_broken_by_an_image_that_breaks_them_all, an_image_without_a_fault_breaks_none];

/// A layer of these files: path, mode, owner, time, content.
fn layer(files: &[(&str, u32, u64, u64, &str)]) -> Layer {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, mode, owner, time, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(*mode);
        header.set_uid(*owner);
        header.set_gid(*owner);
        header.set_mtime(*time);
        tar.append_data(&mut header, path, text.as_bytes()).expect("an archive in memory");
    }
    Layer::read(&tar.into_inner().and_then(GzEncoder::finish).expect("an archive in memory"))
}

fn each_rule_is_broken_by_an_image_that_breaks_them_all() {
    let image = Image {
        config: json!({
            "created": "2026-11-23T10:00:00Z",
            "config": {
                "User": "app", "Env": ["PATH=/bin", "NPM_TOKEN=x"], "WorkingDir": "app",
                "Entrypoint": ["/bin/sh", "-c", "node server.js"], "Labels": {"org.opencontainers.image.created": "x"},
            },
        }),
        annotations: json!({
            "org.opencontainers.image.base.name": "docker.io/library/node:latest",
            "org.opencontainers.image.base.digest": "sha256:1",
        }),
        layers: vec![
            layer(&[
                ("app/server.js", 0o644, 0, 0, "x"),
                ("app/.env", 0o644, 0, 0, "PASSWORD=x"),
                ("app/key", 0o644, 0, 0, "-----BEGIN PRIVATE KEY-----"),
                ("usr/bin/su", 0o4755, 0, 0, ""),
                ("app/node_modules/eslint", 0o755, 0, 0, ""),
            ]),
            layer(&[
                ("app/server.js", 0o666, 1000, 1, "y"),
                ("app/.git", 0o755, 0, 0, ""),
                ("app/.wh.old", 0o644, 0, 0, ""),
            ]),
        ],
        ..Image::default()
    };
    let found: Vec<&str> = broken(&image).into_iter().map(|(rule, _)| rule).collect();
    let all: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!(found, all);
}

fn an_image_without_a_fault_breaks_none() {
    let image = Image {
        config: json!({"config": {
            "User": "10001:10001", "Env": ["GPG_TOKEN=of-the-base"], "WorkingDir": "/app", "Entrypoint": ["node", "server.js"],
        }}),
        annotations: json!({
            "org.opencontainers.image.base.name": "docker.io/library/node:24-slim",
            "org.opencontainers.image.base.digest": "sha256:1",
        }),
        layers: vec![
            layer(&[("app/node_modules/pino/test/tests", 0o644, 0, 0, ""), ("tmp", 0o1777, 0, 0, "")]),
            layer(&[("app/server.js", 0o644, 0, 0, "x")]),
        ],
        inherited: vec!["GPG_TOKEN=of-the-base".to_owned()],
        lock: "base:\n  node:24-slim: sha256:1\n".to_owned(),
    };
    assert_eq!(broken(&image), []);
}
