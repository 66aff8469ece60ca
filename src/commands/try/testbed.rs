//! What a `plat try` runs on: a sandbox of its own, or a cluster that is there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::{NAME, OwnCluster, TryFolder};
use crate::error::{Error, Result};
use crate::sandbox::{self, Hold, Name, Sandbox, UpOptions};
use crate::settings::Settings;
use crate::ui::Ui;

/// How long the sandbox outlives the last look at it.
const TTL: Duration = Duration::from_hours(2);

pub enum Testbed {
    /// Held, so that it cannot stop itself in the middle of a long build.
    Sandbox {
        sandbox: Box<Sandbox>,
        _hold: Hold,
    },
    Existing(Existing),
}

/// A context of the user's kubeconfig, and a registry that its nodes can pull from.
pub struct Existing {
    registry: String,
    kubectl: PathBuf,
}

impl Existing {
    pub async fn find(context: &str, registry: &str) -> Result<(Self, OwnCluster)> {
        let kubectl = on_path("kubectl").ok_or_else(|| {
            Error::user("there is no kubectl on PATH to compare with")
                .hint("install kubectl, or run `plat try` without --context: the sandbox builds its own")
        })?;
        let kubeconfig = only_context(&kubectl, context).await?;
        let cluster = OwnCluster { context: context.to_owned(), kubeconfig };
        Ok((Self { registry: registry.to_owned(), kubectl }, cluster))
    }
}

impl Testbed {
    /// Fails at once where this machine cannot run a sandbox, before anything is made.
    pub async fn check_sandbox(settings: &Settings) -> Result<()> {
        sandbox::check(&options()?, settings).await
    }

    pub async fn start_sandbox(ui: &Ui, settings: &Settings) -> Result<Self> {
        let sandbox = sandbox::up(&options()?, ui, settings).await?;
        let hold = sandbox.hold()?;
        ui.note(&format!("Kubernetes {} runs as sandbox {}", sandbox.kubernetes, sandbox.name));
        Ok(Self::Sandbox { sandbox: Box::new(sandbox), _hold: hold })
    }

    /// What points plat and kubectl at it.
    pub fn environment(&self, folder: &TryFolder) -> Vec<(String, String)> {
        match self {
            Self::Sandbox { sandbox, .. } => {
                sandbox.environment().map(|(name, value)| (name.to_owned(), value)).to_vec()
            }
            Self::Existing(existing) => vec![
                ("KUBECONFIG".to_owned(), folder.kubeconfig().display().to_string()),
                ("PLAT_REGISTRY".to_owned(), existing.registry.clone()),
            ],
        }
    }

    pub fn kubectl(&self) -> &Path {
        match self {
            Self::Sandbox { sandbox, .. } => &sandbox.kubectl,
            Self::Existing(existing) => &existing.kubectl,
        }
    }
}

fn options() -> Result<UpOptions> {
    Ok(UpOptions { name: name()?, ttl: TTL, bin_dir: None })
}

/// The one context out of the user's kubeconfig, so that every step of the try is sure to go there.
async fn only_context(kubectl: &Path, context: &str) -> Result<String> {
    let args = ["config", "view", "--raw", "--minify", "--flatten", "--context", context];
    let output = tokio::process::Command::new(kubectl).args(args).kill_on_drop(true).output().await;
    match output {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => Err(Error::user(format!("context {context} cannot be read from the kubeconfig"))
            .detail(crate::text::foreign_line(&String::from_utf8_lossy(&output.stderr), 300))
            .hint("the contexts there are: kubectl config get-contexts")),
        Err(e) => Err(Error::user("kubectl does not run").at(kubectl.display()).because(e)),
    }
}

/// Removes the sandbox; false when there was none.
pub async fn remove_sandbox(ui: &Ui) -> Result<bool> {
    let name = name()?;
    if sandbox::find(&name)?.is_none() {
        return Ok(false);
    }
    sandbox::down(&name, ui).await
}

/// Removes the namespaces of a try from a cluster; the sandbox's own vanish faster with it, but a second try on the
/// same sandbox should not find the first one's pods.
pub async fn remove_namespaces(folder: &TryFolder, ui: &Ui) {
    let mut command = match (&folder.context, name().and_then(|name| sandbox::find(&name))) {
        (Some(context), _) => {
            let mut command = tokio::process::Command::new("kubectl");
            command.args(["--context", context]);
            command
        }
        (None, Ok(Some(sandbox))) => {
            let mut command = tokio::process::Command::new(&sandbox.kubectl);
            command.envs(sandbox.environment());
            command
        }
        (None, _) => return,
    };
    command.args(["delete", "namespace", "--wait=false", "--ignore-not-found"]).args(&folder.namespaces);
    let removed = command.kill_on_drop(true).output().await.is_ok_and(|output| output.status.success());
    if !removed {
        ui.warn(&format!("these namespaces may still be there: {}", folder.namespaces.join(", ")));
    }
}

fn name() -> Result<Name> {
    NAME.parse().map_err(Error::bug)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}
