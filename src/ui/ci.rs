//! What the log viewers of GitHub Actions and GitLab fold and mark. Their commands are lines of the log, so text of a
//! cluster or a program must not be able to form one: it is escaped here, and never begins a line elsewhere.

use crate::error::{Error, Spot};
use crate::reason::Reason;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ci {
    GitHub,
    GitLab,
}

/// GitHub shows so many of a step.
const MOST: usize = 10;

impl Ci {
    /// By the variables that both document as always set.
    pub fn detect(is_set: impl Fn(&str) -> bool) -> Option<Self> {
        match (is_set("GITHUB_ACTIONS"), is_set("GITLAB_CI")) {
            (true, _) => Some(Self::GitHub),
            (_, true) => Some(Self::GitLab),
            _ => None,
        }
    }

    /// Opens a part of the log that a reader may fold. `at`: seconds since 1970.
    pub fn open(self, label: &str, at: u64) -> String {
        match self {
            Self::GitHub => format!("::group::{}", message(label)),
            Self::GitLab => format!("\u{1b}[0Ksection_start:{at}:{}\r\u{1b}[0K{label}", name(label)),
        }
    }

    pub fn close(self, label: &str, at: u64) -> String {
        match self {
            Self::GitHub => "::endgroup::".to_owned(),
            Self::GitLab => format!("\u{1b}[0Ksection_end:{at}:{}\r\u{1b}[0K", name(label)),
        }
    }

    /// Marks the failure beside the run, and beside the lines that are to blame, where the viewer can.
    pub fn error(self, error: &Error) -> Vec<String> {
        if self != Self::GitHub {
            return Vec::new();
        }
        let title = property(error.reason.as_ref().map_or("plat", Reason::word));
        let command = |place: &str, what: &str, hints: &[String]| {
            let hints = hints.iter().fold(String::new(), |all, hint| format!("{all}\nhint: {hint}"));
            format!("::error {place}title={title}::{}", message(&format!("{what}{hints}")))
        };
        let of_spot = |spot: &Spot| {
            let (file, line) = (spot.place.file.as_deref()?, spot.place.line?);
            Some(command(&format!("file={},line={line},", property(file)), &spot.error, &spot.hints))
        };
        let lines: Vec<String> = error.spots.iter().filter_map(of_spot).take(MOST).collect();
        if lines.is_empty() {
            let place = error.place.as_deref().map(|place| format!("\n{place}")).unwrap_or_default();
            return vec![command("", &format!("{}{place}", error.what), &error.hints)];
        }
        lines
    }
}

/// `actions/toolkit`, `escapeData`.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// `actions/toolkit`, `escapeProperty`.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// A section's name may hold letters, digits, `_`, `.` and `-`.
fn name(label: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("plat_{}", label.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{self, Place};

    #[test]
    fn a_failure_is_one_command_whatever_its_text_says() {
        let error =
            Error::user("lost\n::set-output name=a::b").reason(Reason::from("a::warning title=x")).hint("100% sure");
        let lines = Ci::GitHub.error(&error);
        assert_eq!(lines, ["::error title=a%3A%3Awarning title=x::lost%0A::set-output name=a::b%0Ahint: 100%25 sure"]);
        assert_eq!(lines[0].lines().count(), 1);
        assert_eq!(Ci::GitLab.error(&error), [""; 0]);
    }

    #[test]
    fn each_line_that_is_to_blame_is_marked() {
        let spot = |line: usize| Spot {
            place: Place::at("k8s/a,b.yaml", line, 3),
            object: None,
            error: format!("unknown field {line}"),
            hints: vec!["did you mean `x`?".to_owned()],
            excerpt: Vec::new(),
        };
        let error = error::all(vec![spot(7), spot(4)]).reason(Reason::from("Invalid"));
        assert_eq!(
            Ci::GitHub.error(&error),
            [
                "::error file=k8s/a%2Cb.yaml,line=4,title=Invalid::unknown field 4%0Ahint: did you mean `x`?",
                "::error file=k8s/a%2Cb.yaml,line=7,title=Invalid::unknown field 7%0Ahint: did you mean `x`?",
            ]
        );
    }

    #[test]
    fn a_section_opens_and_closes_by_the_same_name() {
        assert_eq!(
            Ci::GitLab.open("build image", 7),
            "\u{1b}[0Ksection_start:7:plat_build_image\r\u{1b}[0Kbuild image"
        );
        assert_eq!(Ci::GitLab.close("build image", 9), "\u{1b}[0Ksection_end:9:plat_build_image\r\u{1b}[0K");
        assert_eq!(Ci::GitHub.open("a\n::error::b", 0), "::group::a%0A::error::b");
    }

    #[test]
    fn only_a_runner_gets_commands() {
        assert_eq!(Ci::detect(|name| name == "GITHUB_ACTIONS"), Some(Ci::GitHub));
        assert_eq!(Ci::detect(|name| name == "GITLAB_CI"), Some(Ci::GitLab));
        assert_eq!(Ci::detect(|_| false), None);
    }
}
