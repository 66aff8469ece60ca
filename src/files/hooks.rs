//! Objects that Helm would run at a moment of its own (annotation `helm.sh/hook`), in what `helm template` prints.

use super::document::Document;

/// The annotation that names the moment.
pub const HOOK: &str = "helm.sh/hook";
/// Moments that a plain apply stands for.
const APPLIED: [&str; 5] = ["crd-install", "pre-install", "post-install", "pre-upgrade", "post-upgrade"];

/// What was found, for the reader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// `Job migrate (pre-upgrade)`: applied like any other object, not at its moment.
    pub applied: Vec<String>,
    /// `Pod shop-test (test)`: no part of an installation, and so left out.
    pub left_out: Vec<String>,
}

impl Hooks {
    /// What is told of those that nothing is made of.
    #[must_use]
    pub fn left_out_note(&self) -> Option<String> {
        let names = self.left_out.join(", ");
        (!names.is_empty()).then(|| format!("left out, as hooks that are not part of an installation: {names}"))
    }

    /// What is told of those that are applied.
    #[must_use]
    pub fn applied_note(&self) -> Option<String> {
        let names = self.applied.join(", ");
        (!names.is_empty()).then(|| format!("applied with all others, not at their own moment as Helm would: {names}"))
    }
}

/// Takes out what Helm would only run in a test, a rollback or at the end of all: applied now, the last would clean up
/// what has just been made.
#[must_use]
pub fn without_hooks(documents: Vec<Document>) -> (Vec<Document>, Hooks) {
    let mut hooks = Hooks::default();
    let kept = documents.into_iter().filter(|document| {
        let moments = document.body["metadata"]["annotations"][HOOK].as_str();
        let Some(moments) = moments else { return true };
        let applied = moments.split(',').any(|moment| APPLIED.contains(&moment.trim()));
        let words = [&document.kind, &document.name, moments].map(|word| crate::text::foreign_line(word, 60));
        let said = format!("{} {} ({})", words[0], words[1], words[2]);
        let list = if applied { &mut hooks.applied } else { &mut hooks.left_out };
        list.push(said);
        applied
    });
    (kept.collect(), hooks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("", true, 0, 0)]
    #[case("annotations: {helm.sh/hook: 'pre-install,pre-upgrade'}", true, 1, 0)]
    #[case("annotations: {helm.sh/hook: test}", false, 0, 1)]
    #[case("annotations: {helm.sh/hook: post-delete}", false, 0, 1)]
    #[case("annotations: {helm.sh/hook: 'test, post-upgrade'}", true, 1, 0)]
    fn only_what_belongs_to_an_installation_is_applied(
        #[case] metadata: &str,
        #[case] kept: bool,
        #[case] applied: usize,
        #[case] left_out: usize,
    ) {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  {metadata}\n");
        let documents = super::super::read("f.yaml", &text).expect("it is a manifest");
        let (documents, hooks) = without_hooks(documents);
        assert_eq!((!documents.is_empty(), hooks.applied.len(), hooks.left_out.len()), (kept, applied, left_out));
    }
}
