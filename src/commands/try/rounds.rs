//! The comparison: plat and raw kubectl deploy the same image and the same manifests, in turn, each in a namespace
//! of its own. Both are timed by the same endpoint from the same readiness rule.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::folder::{SERVICE, TryFolder, write};
use super::tools::Tool;
use crate::error::{Error, Result};
use crate::ui::Ui;

/// What is compared, and where.
pub struct Comparison<'a> {
    plat: Tool,
    kubectl: Tool,
    folder: &'a TryFolder,
    /// Both tools get the image that the first deploy pushed: building is not what is compared.
    image: String,
}

/// A plat.yaml of a round and its rendering for kubectl.
struct Variant {
    spec: PathBuf,
    label: &'static str,
    starts_pods: bool,
}

impl Variant {
    /// The kubelet looks at its containers once a second: a deploy that starts where the last one ended would always end
    /// on that beat. A random moment of the second is as fair to both.
    async fn moment(&self) {
        if self.starts_pods {
            // Its keys are random.
            let moment = RandomState::new().build_hasher().finish() % 1000;
            tokio::time::sleep(Duration::from_millis(moment)).await;
        }
    }
}

impl<'a> Comparison<'a> {
    /// Of what was deployed to the namespace `home`.
    pub async fn of_deployed(plat: &Tool, kubectl: &Tool, folder: &'a TryFolder) -> Result<Self> {
        let (plat, kubectl) = (plat.grouped(&folder.group), kubectl.grouped(&folder.group));
        let namespace = folder.namespace("home");
        let path = "jsonpath={.spec.template.spec.containers[0].image}";
        let args = ["get", "deployment", SERVICE, "--namespace", &namespace, "--output", path];
        let image = kubectl.quiet(&args, &folder.root).await?;
        Ok(Self { plat, kubectl, folder, image })
    }

    /// Runs the rounds. The order of the two tools changes from round to round, so that neither always goes first.
    pub async fn run(&self, rounds: u32, ui: &Ui) -> Result<()> {
        let variants = variants(self.folder)?;
        let mut step = ui.step("rounds");
        step.length(u64::from(rounds));
        for round in 1..=rounds {
            let [by_plat, by_kubectl] =
                ["plat", "kubectl"].map(|tool| self.folder.namespace(&format!("{round}-{tool}")));
            for namespace in [&by_plat, &by_kubectl] {
                self.kubectl.quiet(&["create", "namespace", namespace], &self.folder.root).await?;
            }
            for variant in &variants {
                step.tell(&format!("{round} of {rounds}: {}", variant.label));
                let manifests = self.render(variant, &by_kubectl).await?;
                if round % 2 == 1 {
                    variant.moment().await;
                    self.by_plat(variant, &by_plat).await?;
                    variant.moment().await;
                    self.by_kubectl(&manifests, &by_kubectl).await?;
                } else {
                    variant.moment().await;
                    self.by_kubectl(&manifests, &by_kubectl).await?;
                    variant.moment().await;
                    self.by_plat(variant, &by_plat).await?;
                }
            }
            for namespace in [&by_plat, &by_kubectl] {
                let args = ["delete", "namespace", namespace, "--wait=false"];
                self.kubectl.quiet(&args, &self.folder.root).await?;
            }
            step.position(u64::from(round));
        }
        step.done(&format!("{rounds} × (first deploy, unchanged, update) × 2 tools"));
        Ok(())
    }

    async fn by_plat(&self, variant: &Variant, namespace: &str) -> Result<()> {
        let spec = variant.spec.display().to_string();
        // Nobody looks on, whose process would run beside kubectl's turn.
        let args = ["deploy", "--file", &spec, "--image", &self.image, "--namespace", namespace, "--bake", "0"];
        self.plat.quiet(&args, &self.folder.project()).await.map(drop)
    }

    async fn by_kubectl(&self, manifests: &Path, namespace: &str) -> Result<()> {
        let (kubectl, manifests) = (self.kubectl.path().display().to_string(), manifests.display().to_string());
        let args = ["time", "--namespace", namespace, "--", &kubectl, "apply", "-f", &manifests];
        self.plat.quiet(&args, &self.folder.project()).await.map(drop)
    }

    async fn render(&self, variant: &Variant, namespace: &str) -> Result<PathBuf> {
        let spec = variant.spec.display().to_string();
        let args = ["render", "--file", &spec, "--image", &self.image, "--namespace", namespace];
        let yaml = self.plat.quiet(&args, &self.folder.project()).await?;
        let path = self.folder.root.join("kubectl").join(format!("{namespace}.yaml"));
        write(&path, &yaml)?;
        Ok(path)
    }
}

/// First deploy, the same again, and one changed environment variable.
fn variants(folder: &TryFolder) -> Result<[Variant; 3]> {
    let original = folder.project().join("plat.yaml");
    let text = std::fs::read_to_string(&original)
        .map_err(|e| Error::bug("plat new made no plat.yaml").at(original.display()).because(e))?;
    let updated = folder.project().join("plat-update.yaml");
    write(&updated, &with_variable(&text))?;
    Ok([
        Variant { spec: original.clone(), label: "first deploy", starts_pods: true },
        Variant { spec: original, label: "unchanged", starts_pods: false },
        Variant { spec: updated, label: "update", starts_pods: true },
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
