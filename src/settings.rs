//! plat's own preferences: one pass over the environment and the user's settings file.
//!
//! Nothing here is read from plat.yaml: a cloned repository must not redirect telemetry or credentials.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input::{self, Refusal};

/// The settings file, `settings.yaml` in [`Settings::config_dir`]. Written by `plat telemetry on|local|off` too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// Where images are pushed when neither `--registry` nor the environment says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Where the images of a public registry are asked for first: `docker.io: registry.example.com/hub`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub mirrors: BTreeMap<String, String>,
    pub telemetry: Telemetry,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// What the user chose; without a choice an endpoint means on, and no endpoint means local.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<TelemetryMode>,
    /// Base URL of a `plat serve`, such as `http://127.0.0.1:7070`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl Telemetry {
    /// The mode in force. A choice beats what an endpoint implies: `plat telemetry off` holds where the environment
    /// names an endpoint.
    #[must_use]
    pub fn effective_mode(&self) -> TelemetryMode {
        self.mode.unwrap_or(if self.endpoint.is_some() { TelemetryMode::On } else { TelemetryMode::Local })
    }
}

/// What happens to a recorded run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TelemetryMode {
    /// Recorded, and sent to the endpoint.
    On,
    /// Recorded on this machine only.
    Local,
    /// Not recorded.
    Off,
}

/// What a deploy does once it is ready, where neither its flags nor plat.yaml say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterReady {
    /// Nobody sits there to wait, and the machine is gone in a moment.
    InCi,
    /// The prompt comes back, and a process of its own looks on.
    Lookout,
    /// `PLAT_LOOKOUT=off`
    Nothing,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub file: File,
    /// A name that groups the runs of one comparison, from `PLAT_GROUP`.
    pub group: Option<String>,
    pub after_ready: AfterReady,
    pub config_dir: PathBuf,
    pub state_dir: PathBuf,
    pub cache_dir: PathBuf,
}

impl Settings {
    /// Reads the settings file and the environment: `PLAT_REGISTRY`, `PLAT_MIRRORS`, `PLAT_TELEMETRY`, `PLAT_TELEMETRY_ENDPOINT`,
    /// `DO_NOT_TRACK` (consoledonottrack.com), `PLAT_GROUP`, `CI`, `PLAT_LOOKOUT`, `PLAT_HOME` (one folder for config,
    /// state and cache) and the XDG folders.
    ///
    /// # Errors
    /// When the file cannot be read or holds an unknown key.
    pub fn load() -> Result<Self> {
        let (config_dir, state_dir, cache_dir) = folders()?;
        let mut file = parse(&read(&config_dir.join(FILE))?, &config_dir)?;
        override_from_env(&mut file)?;
        Ok(Self { file, group: env("PLAT_GROUP"), after_ready: after_ready()?, config_dir, state_dir, cache_dir })
    }

    /// Changes the telemetry part of the settings file; the rest of it, comments included, stays as it is.
    ///
    /// # Errors
    /// When the file cannot be read, understood or written.
    pub fn save_telemetry(&self, change: impl FnOnce(&mut Telemetry)) -> Result<()> {
        let path = self.config_dir.join(FILE);
        let text = read(&path)?;
        let mut file = parse(&text, &self.config_dir)?;
        change(&mut file.telemetry);
        let text = with_telemetry(&text, &file)?;
        let unwritable = |e: std::io::Error| {
            Error::user("the settings file cannot be written")
                .at(path.display())
                .hint("check the folder's permissions and free space, or set PLAT_TELEMETRY in the environment")
                .because(e)
        };
        std::fs::create_dir_all(&self.config_dir).map_err(unwritable)?;
        let mut beside = tempfile::NamedTempFile::new_in(&self.config_dir).map_err(unwritable)?;
        beside.write_all(text.as_bytes()).map_err(unwritable)?;
        beside.persist(&path).map_err(|e| unwritable(e.error))?;
        Ok(())
    }
}

const FILE: &str = "settings.yaml";
/// A few lines; in bytes.
const LARGEST: u64 = 1 << 20;

fn read(path: &Path) -> Result<String> {
    match input::read_text(path, LARGEST) {
        Ok(text) => Ok(text),
        Err(Refusal::NotFound(_)) => Ok(String::new()),
        Err(refusal) => Err(Error::user(format!("the settings file {refusal}"))
            .at(path.display())
            .hint("fix it, or remove it to start with the defaults")
            .because(refusal)),
    }
}

fn parse(text: &str, config_dir: &Path) -> Result<File> {
    if text.trim().is_empty() {
        return Ok(File::default());
    }
    serde_yaml::from_str(text).map_err(|e| {
        Error::user("the settings file cannot be understood")
            .at(config_dir.join(FILE).display())
            .detail(e.to_string().lines().next().unwrap_or_default())
            .hint("fix the line, or remove the file to start with the defaults")
    })
}

/// `text` with its `telemetry:` block replaced; written anew where it is not in block style.
fn with_telemetry(text: &str, file: &File) -> Result<String> {
    let yaml = |file: &File| serde_yaml::to_string(file).map_err(|e| Error::bug("the settings are no YAML").because(e));
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        inside = line.starts_with("telemetry:") || (inside && line.starts_with([' ', '\t']));
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.push_str(&yaml(&File { telemetry: file.telemetry.clone(), ..File::default() })?);
    if serde_yaml::from_str::<File>(&kept).is_ok_and(|read| read == *file) { Ok(kept) } else { yaml(file) }
}

/// A variable of the environment; empty is the same as unset.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this runs in CI, as every CI system says it.
#[must_use]
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

fn after_ready() -> Result<AfterReady> {
    match env("PLAT_LOOKOUT").as_deref() {
        _ if is_ci() => Ok(AfterReady::InCi),
        None | Some("on") => Ok(AfterReady::Lookout),
        Some("off") => Ok(AfterReady::Nothing),
        Some(other) => Err(Error::usage(format!("PLAT_LOOKOUT is \"{other}\"")).hint("use on or off")),
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
    if let Some(registry) = env("PLAT_REGISTRY") {
        file.registry = Some(registry);
    }
    if let Some(mirrors) = env("PLAT_MIRRORS") {
        file.mirrors = mirrors_of(&mirrors)?;
    }
    if let Some(endpoint) = env("PLAT_TELEMETRY_ENDPOINT") {
        file.telemetry.endpoint = Some(endpoint);
    }
    if let Some(mode) = env("PLAT_TELEMETRY") {
        file.telemetry.mode = match mode.as_str() {
            "on" => Some(TelemetryMode::On),
            "local" => Some(TelemetryMode::Local),
            "off" => Some(TelemetryMode::Off),
            other => {
                return Err(Error::usage(format!("PLAT_TELEMETRY is \"{other}\"")).hint("use on, local or off"));
            }
        };
    }
    if env("DO_NOT_TRACK").is_some_and(|value| value != "0") {
        file.telemetry.mode = Some(TelemetryMode::Off);
    }
    Ok(())
}

/// `docker.io=HOST/PATH,ghcr.io=HOST`
fn mirrors_of(text: &str) -> Result<BTreeMap<String, String>> {
    let one = |pair: &str| {
        let (registry, place) = pair.split_once('=')?;
        let (registry, place) = (registry.trim(), place.trim().trim_end_matches('/'));
        let is_good = !registry.is_empty() && !place.is_empty() && !place.contains("://");
        is_good.then(|| (registry.to_owned(), place.to_owned()))
    };
    text.split(',').filter(|pair| !pair.trim().is_empty()).map(one).collect::<Option<_>>().ok_or_else(|| {
        Error::usage(format!("PLAT_MIRRORS is \"{}\"", crate::text::foreign_line(text, 200))).hint(
            "write it as REGISTRY=HOST or REGISTRY=HOST/PATH, with commas between: docker.io=registry.example.com/hub",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, None, TelemetryMode::Local)]
    #[case(None, Some("http://127.0.0.1:7070"), TelemetryMode::On)]
    #[case(Some(TelemetryMode::Off), Some("http://127.0.0.1:7070"), TelemetryMode::Off)]
    #[case(Some(TelemetryMode::Local), Some("http://127.0.0.1:7070"), TelemetryMode::Local)]
    fn a_choice_beats_what_an_endpoint_implies(
        #[case] mode: Option<TelemetryMode>,
        #[case] endpoint: Option<&str>,
        #[case] expected: TelemetryMode,
    ) {
        let telemetry = Telemetry { mode, endpoint: endpoint.map(str::to_owned) };
        assert_eq!(telemetry.effective_mode(), expected);
    }

    #[test]
    fn mirrors_are_pairs() {
        let found = mirrors_of("docker.io=r.example:5000/hub/, ghcr.io=q.example").expect("pairs");
        let found: Vec<(&str, &str)> = found.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
        assert_eq!(found, [("docker.io", "r.example:5000/hub"), ("ghcr.io", "q.example")]);
        assert!(mirrors_of("docker.io").is_err() && mirrors_of("docker.io=https://r.example").is_err());
    }

    #[rstest]
    #[case("", "telemetry:\n  mode: local\n")]
    #[case("# mine\nregistry: r.example # keep\n", "# mine\nregistry: r.example # keep\ntelemetry:\n  mode: local\n")]
    #[case("telemetry:\n  mode: on\n  # old\nregistry: r\n", "registry: r\ntelemetry:\n  mode: local\n")]
    #[case("{registry: r}\n", "registry: r\ntelemetry:\n  mode: local\n")]
    fn saving_telemetry_keeps_the_rest_of_the_file(#[case] before: &str, #[case] after: &str) {
        let mut file = parse(before, Path::new("")).expect("a settings file");
        file.telemetry = Telemetry { mode: Some(TelemetryMode::Local), endpoint: None };
        assert_eq!(with_telemetry(before, &file).expect("a settings file"), after);
    }
}
