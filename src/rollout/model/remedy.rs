//! What to do about a cause.

use super::evidence::Evidence;

/// What to do next. Advice to change something names what was seen that makes it right: without that it cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rollout) struct Remedy {
    text: String,
    /// Whether it orders a change.
    changes: bool,
}

impl Remedy {
    /// A change, whose precondition was seen.
    pub fn given(_: &impl Evidence, text: impl Into<String>) -> Self {
        Self { text: text.into(), changes: true }
    }

    /// Where to look, whom to ask, what is waited for: nothing is changed, so nothing has to be known.
    pub fn look(text: impl Into<String>) -> Self {
        Self { text: text.into(), changes: false }
    }

    /// With another one after it, where there is one.
    #[must_use]
    pub fn and(self, more: Option<Self>) -> Self {
        let Some(more) = more else { return self };
        Self { text: format!("{}; {}", self.text, more.text), changes: self.changes || more.changes }
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
pub(in crate::rollout) mod orders {
    //! A remedy orders a change if and only if it was given one's precondition. The words are found both ways: advice with
    //! a word that is not listed here fails, and then no look may have that word either.

    use std::sync::LazyLock;

    use regex::Regex;

    use super::Remedy;

    /// What is wrong with these remedies, a line each.
    pub(in crate::rollout) fn wrong<'r>(remedies: impl IntoIterator<Item = &'r Remedy>) -> String {
        remedies.into_iter().filter_map(says).collect()
    }

    fn says(remedy: &Remedy) -> Option<String> {
        let order = ORDER.find(&remedy.text).map(|order| order.as_str().trim_start_matches([',', ';', ':', '.', ' ']));
        match order {
            Some(order) if !remedy.changes => Some(format!("a look orders a change ({order}): {}\n", remedy.text)),
            None if remedy.changes => Some(format!("advice orders no change that is known: {}\n", remedy.text)),
            _ => None,
        }
    }

    /// An imperative begins a text or a part of one; so does a command that is more than a question to the cluster.
    static ORDER: LazyLock<Regex> = LazyLock::new(|| {
        let verbs = [
            "add",
            "allow",
            "answer",
            "ask for",
            "bring",
            "build",
            "correct",
            "create",
            "deploy",
            "do it",
            "find what",
            "fix",
            "give",
            "grant",
            "install",
            "keep",
            "let",
            "listen",
            "load",
            "make",
            "mount",
            "move",
            "name",
            "patch",
            "pull",
            "push",
            "put",
            "raise",
            "read",
            "recreate",
            "remove",
            "renew",
            "replace",
            "resume",
            "run",
            "serve",
            "set",
            "start",
            "take",
            "tolerate",
            "try",
            "uncordon",
            "use",
            "write",
        ];
        let begins = r"(?:^|[,;:.?)] )(?:(?:and|but|else|or|then) )?(?:at once )?";
        let verbs = verbs.join("|");
        Regex::new(&format!(
            r"(?:{begins}(?:{verbs})\b)|\b(?:and|or) (?:{verbs}) (?:a|an|it|one|the|them)\b|kubectl (?:-n \S+ )?(?:annotate|apply|cordon|create|delete|drain|edit|label|patch|replace|rollout|scale|set|taint|uncordon)\b"
        ))
        .expect("literal patterns")
    });

    #[rstest::rstest]
    #[case::first("raise `port`", true)]
    #[case::later("it is too small: raise it", true)]
    #[case::otherwise("wait; else fix what the log says", true)]
    #[case::alternative("does it listen? If not, or remove the probe", true)]
    #[case::command("its pod is old: kubectl -n shop delete pod a", true)]
    #[case::question("does the program start twice?", false)]
    #[case::look("see what it wrote: kubectl -n shop logs a -c b", false)]
    #[case::noun("the set is not ready, and a use of it may come", false)]
    fn an_order_is_told_from_a_look(#[case] text: &str, #[case] orders: bool) {
        let (look, advice) =
            (Remedy { text: text.to_owned(), changes: false }, Remedy { text: text.to_owned(), changes: true });
        assert_eq!(!wrong([&look]).is_empty(), orders);
        assert_eq!(wrong([&advice]).is_empty(), orders);
    }
}
