//! A `plat` with a cleared environment and folders of its own.

use assert_cmd::Command;
use tempfile::TempDir;

/// Folders of one test; removed with it.
pub struct Home {
    pub dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: TempDir::new().expect("a temporary folder") }
    }

    /// `plat` in an empty work folder, with no settings, no kubeconfig and no telemetry endpoint.
    pub fn plat(&self) -> Command {
        let work = self.dir.path().join("work");
        std::fs::create_dir_all(&work).expect("a work folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_plat"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.dir.path())
            .env("PLAT_HOME", self.dir.path().join("plat"))
            .env("KUBECONFIG", self.dir.path().join("kubeconfig"))
            .current_dir(work);
        command
    }

    /// Writes the settings file; returns its path as an error would name it.
    pub fn settings(&self, text: &str) -> String {
        let path = self.dir.path().join("plat/config/settings.yaml");
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a settings folder");
        std::fs::write(&path, text).expect("a settings file");
        path.display().to_string()
    }

    /// Writes a file of the work folder, and the folders above it.
    pub fn write(&self, name: &str, text: &str) {
        self.write_bytes(name, text.as_bytes());
    }

    pub fn write_bytes(&self, name: &str, bytes: &[u8]) {
        let path = self.dir.path().join("work").join(name);
        std::fs::create_dir_all(self.dir.path().join("work")).expect("a work folder");
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder");
        std::fs::write(path, bytes).expect("a file");
    }
}
