//! A folder -> an image of one layer, as `docker save` writes it: the same bytes for the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::run;

/// Writes the archive into `work`, beside `root`.
pub fn write(work: &Path, root: &Path, architecture: &str, config: &Value) -> PathBuf {
    let image = work.join("image");
    fs::create_dir(&image).expect("a folder");
    let layer = image.join("layer.tar");
    run(tar().arg("-C").arg(root).arg("-cf").arg(&layer).arg("."));
    // Here, and not in a test without optimisation: it is some hundred megabytes.
    let sum = run(Command::new("sha256sum").arg(&layer));
    let sum = sum.split_whitespace().next().expect("a sum");
    let config = json!({
        "architecture": architecture,
        "os": "linux",
        "config": config,
        "history": [{ "created_by": "packages" }],
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{sum}")] },
    });
    let manifest = json!([{ "Config": "config.json", "Layers": ["layer.tar"] }]);
    fs::write(image.join("config.json"), config.to_string()).expect("a file");
    fs::write(image.join("manifest.json"), manifest.to_string()).expect("a file");
    let archive = work.join("image.tar");
    run(tar().arg("-C").arg(&image).arg("-cf").arg(&archive).args(["config.json", "manifest.json", "layer.tar"]));
    archive
}

fn tar() -> Command {
    let mut command = Command::new("tar");
    command.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]);
    command
}
