//! plat's own preferences: one pass over the environment and the user's settings file.
//!
//! Nothing here is read from plat.yaml: a cloned repository must not redirect telemetry or credentials.

use std::path::PathBuf;

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The settings file, `settings.yaml` in [`Settings::config_dir`]. Written by `plat telemetry on|local|off` too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Where images are pushed when neither `--registry` nor the environment says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    pub telemetry: Telemetry,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    pub mode: TelemetryMode,
    /// Base URL of a `plat serve`, such as `http://127.0.0.1:7070`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Whether the notice that comes before the first send was shown.
    pub notice_shown: bool,
}

/// What happens to a recorded run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TelemetryMode {
    /// Recorded, and sent to the endpoint.
    On,
    /// Recorded on this machine only.
    #[default]
    Local,
    /// Not recorded.
    Off,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub file: File,
    pub config_dir: PathBuf,
    pub state_dir: PathBuf,
    pub cache_dir: PathBuf,
}

impl Settings {
    /// Reads the settings file and the environment: `PLAT_REGISTRY`, `PLAT_TELEMETRY`, `PLAT_TELEMETRY_ENDPOINT`,
    /// `DO_NOT_TRACK` (consoledonottrack.com), `PLAT_HOME` (one folder for config, state and cache) and the XDG folders.
    ///
    /// # Errors
    /// When the file cannot be read or holds an unknown key.
    pub fn load() -> Result<Self> {
        let (config_dir, state_dir, cache_dir) = folders()?;
        let path = config_dir.join("settings.yaml");
        let mut file = match std::fs::read_to_string(&path) {
            Ok(text) => serde_yaml::from_str(&text).map_err(|e| {
                Error::user("the settings file cannot be understood")
                    .at(path.display())
                    .detail(e.to_string().lines().next().unwrap_or_default())
                    .hint("mend the line, or remove the file to start with the defaults")
            })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => File::default(),
            Err(e) => return Err(Error::user("the settings file cannot be read").at(path.display()).because(e)),
        };
        override_from_env(&mut file)?;
        Ok(Self { file, config_dir, state_dir, cache_dir })
    }
}

fn folders() -> Result<(PathBuf, PathBuf, PathBuf)> {
    if let Some(home) = std::env::var_os("PLAT_HOME").filter(|v| !v.is_empty()) {
        let home = PathBuf::from(home);
        return Ok((home.join("config"), home.join("state"), home.join("cache")));
    }
    let strategy = choose_app_strategy(AppStrategyArgs {
        top_level_domain: "dev".to_owned(),
        author: "plat".to_owned(),
        app_name: "plat".to_owned(),
    })
    .map_err(|e| {
        Error::user("there is no home folder").hint("set HOME, or PLAT_HOME to a folder plat may use").because(e)
    })?;
    let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok((strategy.config_dir(), state, strategy.cache_dir()))
}

fn override_from_env(file: &mut File) -> Result<()> {
    let var = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(registry) = var("PLAT_REGISTRY") {
        file.registry = Some(registry);
    }
    if let Some(endpoint) = var("PLAT_TELEMETRY_ENDPOINT") {
        file.telemetry.endpoint = Some(endpoint);
        file.telemetry.mode = TelemetryMode::On;
    }
    if let Some(mode) = var("PLAT_TELEMETRY") {
        file.telemetry.mode = match mode.as_str() {
            "on" => TelemetryMode::On,
            "local" => TelemetryMode::Local,
            "off" => TelemetryMode::Off,
            other => {
                return Err(Error::usage(format!("PLAT_TELEMETRY is \"{other}\"")).hint("use on, local or off"));
            }
        };
    }
    if var("DO_NOT_TRACK").is_some_and(|value| value != "0") {
        file.telemetry.mode = TelemetryMode::Off;
    }
    Ok(())
}
