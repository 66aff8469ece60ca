//! A real base image with a shell: Debian's static busybox.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use plat::sandbox::archive::{self, Entry, Image};
use plat::sandbox::{self, Sandbox};
use plat::settings::Settings;
use plat::ui::Ui;
use plat::ui::{Color, Global, Output};

use super::Namespace;

/// The image in the shared sandbox's registry. It runs as user 65532.
pub fn busybox(namespace: &Namespace) -> String {
    static REFERENCE: OnceLock<String> = OnceLock::new();
    REFERENCE.get_or_init(|| busybox_in(namespace)).clone()
}

/// Loads the image into the registry of the namespace's sandbox.
pub fn busybox_in(namespace: &Namespace) -> String {
    let file = namespace.folder.path().join("busybox.tar");
    write_busybox(&file);
    load(namespace.sandbox, &file)
}

/// `plat sandbox load`; returns the reference that it prints.
pub fn load(sandbox: &Sandbox, file: &Path) -> String {
    loaded(
        assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat"))
            .args(["sandbox", "load", "--name", &sandbox.name])
            .arg(file),
    )
}

/// `plat sandbox load --as NAME:TAG`
#[cfg(target_os = "linux")]
pub fn load_as(sandbox: &Sandbox, file: &Path, name: &str) -> String {
    let mut plat = assert_cmd::Command::new(env!("CARGO_BIN_EXE_plat"));
    loaded(plat.args(["sandbox", "load", "--name", &sandbox.name, "--as", name]).arg(file))
}

fn loaded(load: &mut assert_cmd::Command) -> String {
    let output = load.assert().success();
    String::from_utf8_lossy(&output.get_output().stdout).trim().to_owned()
}

/// Debian's static busybox, as the sandbox keeps it.
pub fn busybox_program() -> PathBuf {
    let ui = Ui::new(&Global { output: Output::Text, color: Color::Never, verbose: 0, quiet: true });
    let settings = Settings::load().expect("the caller's settings");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(sandbox::busybox(&ui, &settings)).expect("Debian's busybox-static")
}

/// Writes the archive of `busybox:1.35` (or whatever version this Debian has).
pub fn write_busybox(file: &Path) {
    write_busybox_as(file, "65532:65532");
}

/// The same, for an image whose `USER` is another.
pub fn write_busybox_as(file: &Path, user: &str) {
    let program = busybox_program();
    let list = Command::new(&program).arg("--list").output().expect("busybox runs").stdout;
    let list = String::from_utf8(list).expect("busybox lists words");
    let links: Vec<String> = list.lines().filter(|name| *name != "busybox").map(|name| format!("bin/{name}")).collect();
    // "BusyBox v1.35.0 (Debian …) multi-call binary."
    let banner = Command::new(&program).output().expect("busybox runs").stdout;
    let banner = String::from_utf8_lossy(&banner);
    let version = banner.split(['v', ' ']).find(|word| word.starts_with("1.")).unwrap_or("1.0");
    let version: Vec<&str> = version.split('.').take(2).collect();

    let bytes = std::fs::read(&program).expect("busybox can be read");
    let mut entries =
        vec![Entry::folder("bin", 0o755), Entry::folder("tmp", 0o1777), Entry::program("bin/busybox", &bytes)];
    entries.extend(links.iter().map(|link| Entry::link(link, "busybox")));
    let image = Image {
        reference: &format!("busybox:{}", version.join(".")),
        architecture: if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        entrypoint: &["/bin/sh"],
        user,
        entries: &entries,
    };
    std::fs::write(file, archive::write(&image).expect("an archive in memory")).expect("an archive can be written");
}
