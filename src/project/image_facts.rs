//! What an image says of itself, and the line of plat.yaml that helps where it says something else.

use super::read::{Project, Tools};
use crate::image::{self, Facts, RunsAs};
use crate::spec::User;
use crate::text::foreign_line;

/// The user that the image names by number. What it says otherwise is told; a registry that cannot be asked is not: the
/// rollout says what comes of it.
pub(super) async fn user(reference: &str, project: &Project, tools: &Tools<'_>) -> Option<User> {
    let facts = facts(reference, project, tools).await?;
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

/// Tells where the image of the service says that it listens elsewhere than `port`.
pub(super) async fn tell_port(reference: &str, project: &Project, tools: &Tools<'_>) {
    let Some(port) = project.spec.port else { return };
    let facts = facts(reference, project, tools).await.unwrap_or_default();
    if let Some(note) = other_port(&facts.ports, port) {
        tools.events.note(note);
    }
}

/// None where nothing is added: then the image decides.
async fn facts(reference: &str, project: &Project, tools: &Tools<'_>) -> Option<Facts> {
    if !reference.contains('@') || !project.spec.adds_defaults() {
        return None;
    }
    image::facts(reference, Some(&tools.settings.cache_dir)).await.ok()
}

/// A note only: EXPOSE opens nothing, and programs that read PORT listen where plat.yaml says.
fn other_port(exposed: &[u16], port: u16) -> Option<String> {
    let (first, rest) = exposed.split_first()?;
    if exposed.contains(&port) {
        return None;
    }
    let all = rest.iter().fold(first.to_string(), |all, port| format!("{all}, {port}"));
    Some(format!(
        "the image says that it listens on {all} (EXPOSE), and plat.yaml has `port: {port}`: where the program does not read \
         PORT, `port: {first}` in plat.yaml"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::says_nothing(&[], None)]
    #[case::the_same(&[8080], None)]
    #[case::among_several(&[9090, 8080], None)]
    #[case::another(&[80], Some("listens on 80 (EXPOSE), and plat.yaml has `port: 8080`"))]
    #[case::others(&[80, 443], Some("listens on 80, 443 (EXPOSE)"))]
    fn a_port_that_the_image_does_not_expose_is_told(#[case] exposed: &[u16], #[case] said: Option<&str>) {
        let note = other_port(exposed, 8080);
        assert_eq!(note.is_some(), said.is_some());
        assert!(note.is_none_or(|note| note.contains(said.unwrap_or_default()) && note.contains("`port: 80`")));
    }
}
