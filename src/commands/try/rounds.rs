//! The comparison: plat and raw kubectl deploy the same image and the same manifests, in turn, each in a namespace
//! of its own. Both are timed by the same endpoint from the same readiness rule.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::SERVICE;
use super::folder::{Folder, write};
use super::place::Place;
use crate::error::{Error, Result};
use crate::ui::Ui;

/// The two programs, with the environment of this try.
pub struct Tools {
    plat: PathBuf,
    kubectl: PathBuf,
    env: Vec<(String, String)>,
}

/// plat itself, for the child processes of a try: they are the very commands a user types.
pub fn this_program() -> Result<PathBuf> {
    std::env::current_exe().map_err(|e| Error::bug("plat cannot find its own program").because(e))
}

impl Tools {
    pub fn new(place: &Place, folder: &Folder) -> Result<Self> {
        let mut env = place.environment(folder);
        env.push(("PLAT_HOME".to_owned(), folder.plat_home().display().to_string()));
        Ok(Self { plat: this_program()?, kubectl: place.kubectl().to_owned(), env })
    }

    /// From now on runs are sent to this endpoint.
    pub async fn send_to(&self, endpoint: &str, folder: &Folder) -> Result<()> {
        self.quiet(&self.plat, &["telemetry", "on", "--endpoint", endpoint], &folder.root).await.map(drop)
    }

    /// Waits until the endpoint has every run.
    pub async fn flush(&self, folder: &Folder) -> Result<()> {
        self.quiet(&self.plat, &["telemetry", "flush"], &folder.root).await.map(drop)
    }

    /// From now on runs belong to the comparison.
    fn grouped(&self, group: &str) -> Self {
        let mut env = self.env.clone();
        env.push(("PLAT_GROUP".to_owned(), group.to_owned()));
        Self { plat: self.plat.clone(), kubectl: self.kubectl.clone(), env }
    }

    /// Runs `plat` with its output where the user sees it.
    pub async fn show(&self, args: &[&str], dir: &Path) -> Result<()> {
        let status = self.command(&self.plat, args, dir).status().await.map_err(|e| does_not_run(&self.plat, e))?;
        if status.success() {
            Ok(())
        } else {
            Err(super::step_failed(&format!("plat {}", args.join(" ")), status.code()))
        }
    }

    async fn quiet(&self, program: &Path, args: &[&str], dir: &Path) -> Result<String> {
        let output = self
            .command(program, args, dir)
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(|e| does_not_run(program, e))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let error = super::step_failed(&format!("{name} {}", args.join(" ")), output.status.code());
        Err(String::from_utf8_lossy(&output.stderr)
            .lines()
            .fold(error, |error, line| error.detail(crate::text::foreign_line(line, 300))))
    }

    fn command(&self, program: &Path, args: &[&str], dir: &Path) -> Command {
        let mut command = Command::new(program);
        // The endpoint is this machine's own: nothing leaves it, so DO_NOT_TRACK has nothing to forbid.
        command
            .args(args)
            .current_dir(dir)
            .envs(self.env.clone())
            .env_remove("DO_NOT_TRACK")
            .env_remove("PLAT_TELEMETRY")
            .env_remove("PLAT_TELEMETRY_ENDPOINT");
        command.kill_on_drop(true);
        command
    }
}

/// A plat.yaml of a round and its rendering for kubectl.
struct Variant {
    spec: PathBuf,
    label: &'static str,
}

/// Runs the rounds. The order of the two tools changes from round to round, so that neither always goes first.
pub async fn run(rounds: u32, tools: &Tools, folder: &Folder, ui: &Ui) -> Result<()> {
    let tools = &tools.grouped(&folder.group);
    let image = deployed_image(tools, folder).await?;
    let variants = variants(folder)?;
    let mut step = ui.step("rounds");
    step.length(u64::from(rounds));
    for round in 1..=rounds {
        let namespaces = [folder.namespace(&format!("{round}-plat")), folder.namespace(&format!("{round}-kubectl"))];
        for namespace in &namespaces {
            tools.quiet(&tools.kubectl, &["create", "namespace", namespace], &folder.root).await?;
        }
        for variant in &variants {
            step.tell(&format!("{round} of {rounds}: {}", variant.label));
            let manifests = render(tools, folder, variant, &image, &namespaces[1]).await?;
            if round % 2 == 1 {
                by_plat(tools, folder, variant, &image, &namespaces[0]).await?;
                by_kubectl(tools, folder, &manifests, &namespaces[1]).await?;
            } else {
                by_kubectl(tools, folder, &manifests, &namespaces[1]).await?;
                by_plat(tools, folder, variant, &image, &namespaces[0]).await?;
            }
        }
        for namespace in &namespaces {
            tools.quiet(&tools.kubectl, &["delete", "namespace", namespace, "--wait=false"], &folder.root).await?;
        }
        step.position(u64::from(round));
    }
    step.done(&format!("{rounds} × (first deploy, unchanged, update) × 2 tools"));
    Ok(())
}

async fn by_plat(tools: &Tools, folder: &Folder, variant: &Variant, image: &str, namespace: &str) -> Result<()> {
    let spec = variant.spec.display().to_string();
    let args = ["deploy", "--file", &spec, "--image", image, "--namespace", namespace];
    tools.quiet(&tools.plat, &args, &folder.project()).await.map(drop)
}

async fn by_kubectl(tools: &Tools, folder: &Folder, manifests: &Path, namespace: &str) -> Result<()> {
    let (kubectl, manifests) = (tools.kubectl.display().to_string(), manifests.display().to_string());
    let args = ["time", "--namespace", namespace, "--", &kubectl, "apply", "-f", &manifests];
    tools.quiet(&tools.plat, &args, &folder.project()).await.map(drop)
}

async fn render(tools: &Tools, folder: &Folder, variant: &Variant, image: &str, namespace: &str) -> Result<PathBuf> {
    let spec = variant.spec.display().to_string();
    let args = ["render", "--file", &spec, "--image", image, "--namespace", namespace];
    let yaml = tools.quiet(&tools.plat, &args, &folder.project()).await?;
    let path = folder.root.join("kubectl").join(format!("{namespace}.yaml"));
    write(&path, &yaml)?;
    Ok(path)
}

/// Both tools get the image that the first deploy pushed: building is not what is compared.
async fn deployed_image(tools: &Tools, folder: &Folder) -> Result<String> {
    let namespace = folder.namespace("home");
    let path = "jsonpath={.spec.template.spec.containers[0].image}";
    tools
        .quiet(
            &tools.kubectl,
            &["get", "deployment", SERVICE, "--namespace", &namespace, "--output", path],
            &folder.root,
        )
        .await
}

/// First deploy, the same again, and one changed environment variable.
fn variants(folder: &Folder) -> Result<[Variant; 3]> {
    let original = folder.project().join("plat.yaml");
    let text = std::fs::read_to_string(&original)
        .map_err(|e| Error::bug("plat new made no plat.yaml").at(original.display()).because(e))?;
    let updated = folder.project().join("plat-update.yaml");
    write(&updated, &with_variable(&text))?;
    Ok([
        Variant { spec: original.clone(), label: "first deploy" },
        Variant { spec: original, label: "unchanged" },
        Variant { spec: updated, label: "update" },
    ])
}

/// One more environment variable, which is enough for new pods.
fn with_variable(text: &str) -> String {
    let variable = "env:\n  PLAT_TRY_ROUND: updated\n";
    match text.split_once("\nenv:\n") {
        Some((before, after)) => format!("{before}\n{variable}{after}"),
        None => format!("{text}\n{variable}"),
    }
}

fn does_not_run(program: &Path, cause: std::io::Error) -> Error {
    Error::user("a program of the comparison does not run").at(program.display()).because(cause)
}
