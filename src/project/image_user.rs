//! Whom an image runs as, and the line of plat.yaml that helps where Kubernetes would not start it so.

use super::read::{Project, Tools};
use crate::image::{self, RunsAs};
use crate::spec::User;
use crate::text::foreign_line;

/// The user that the image names by number. What it says otherwise is told; a registry that cannot be asked is not: the
/// rollout says what comes of it.
pub(super) async fn of(reference: &str, project: &Project, tools: &Tools<'_>) -> Option<User> {
    // Where nothing is added, the image decides.
    if !reference.contains('@') || !project.spec.adds_defaults() {
        return None;
    }
    let facts = image::facts(reference, &tools.settings.cache_dir).await.ok()?;
    let is_said = project.spec.user().is_some();
    match facts.runs_as() {
        RunsAs::Number(user) => Some(user),
        RunsAs::Root if !is_said => {
            tools.events.note(
                "the image runs as root, which is not allowed here: it runs as 10001 instead. Where it needs another user: \
                 `user: NUMBER`; where it writes elsewhere than in /tmp: `writable: [FOLDER]` in plat.yaml",
            );
            None
        }
        RunsAs::Named(name) if !is_said => {
            let name = foreign_line(&name, 60);
            tools.events.note(format!(
                "the image runs as {name}, and Kubernetes needs the number: it runs as 10001. See the number \
                 (grep {name} /etc/passwd, in the image), and say it in plat.yaml: `user: NUMBER`"
            ));
            None
        }
        RunsAs::Root | RunsAs::Named(_) => None,
    }
}
