//! CODEOWNERS. GitHub: the last matching rule wins, whole; a rule without owners takes the path out
//! (docs.github.com, "About code owners"). GitLab: the same within each section, and a section's header may name
//! owners for the rules that name none (docs.gitlab.com, "Code Owners syntax and error handling").

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::source::{Document, RawEvidence};
use crate::ownership::identity;
use crate::ownership::model::{Party, Says, Scope};

/// One line: a pattern and its owners.
#[derive(Debug)]
struct Rule {
    line: usize,
    pattern: String,
    owners: Vec<Party>,
}

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let path = probe(&document.query.path);
    let sections = sections(document.text);
    let last = sections.iter().filter_map(|rules| rules.iter().rev().find(|rule| rule.matches(&path)));
    last.map(|rule| RawEvidence {
        place: document.place.to_owned(),
        line: Some(rule.line),
        date: None,
        scope: rule.scope(),
        says: if rule.owners.is_empty() { Says::Nobody } else { Says::Owner { parties: rule.owners.clone() } },
    })
    .collect()
}

/// Rules are about files: a folder is asked about by a file that could be in it.
fn probe(path: &str) -> String {
    if path.is_empty() || path.ends_with('/') { format!("{path}file") } else { path.to_owned() }
}

/// The rules by section; GitHub's files are one section.
fn sections(text: &str) -> Vec<Vec<Rule>> {
    let mut sections = vec![Vec::new()];
    let mut default: Vec<Party> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = without_comment(line);
        if let Some(owners) = header(line) {
            default = owners;
            sections.push(Vec::new());
        } else if let Some((pattern, owners)) = rule(line) {
            let owners = if owners.is_empty() { default.clone() } else { owners };
            if let Some(section) = sections.last_mut() {
                section.push(Rule { line: number + 1, pattern, owners });
            }
        }
    }
    sections
}

/// `[Section]`, `^[Optional][2] @default`; its default owners.
fn header(line: &str) -> Option<Vec<Party>> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (_, after) = rest.split_once(']')?;
    // The number of approvals that the section needs.
    let after = after.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(after, |(_, after)| after);
    // A character class at the start of a pattern (`[ab]c @x`) continues without a space.
    (after.is_empty() || after.starts_with(char::is_whitespace)).then(|| owners(after))
}

fn rule(line: &str) -> Option<(String, Vec<Party>)> {
    let mut end = line.len();
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        if c.is_whitespace() && !escaped {
            end = at;
            break;
        }
        escaped = c == '\\' && !escaped;
    }
    let (pattern, rest) = line.split_at(end);
    // Neither negation nor character ranges exist here; GitHub skips such a line.
    let valid = !pattern.is_empty() && !pattern.starts_with('!') && !pattern.contains('[');
    valid.then(|| (pattern.to_owned(), owners(rest)))
}

/// What is neither a handle nor an address is ignored, as GitLab says.
fn owners(text: &str) -> Vec<Party> {
    text.split_whitespace().filter(|word| word.contains('@')).map(identity::party).collect()
}

fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    // GitHub also takes comments after the owners.
    line.find(" #").map_or(line, |at| line[..at].trim_end())
}

impl Rule {
    fn matches(&self, path: &str) -> bool {
        let Some(matcher) = self.matcher() else { return false };
        // `docs/*` means the files in docs, not the ones below its folders; gitignore would take the folders whole.
        if self.pattern.ends_with("/*") {
            matcher.matched(path, false).is_ignore()
        } else {
            matcher.matched_path_or_any_parents(path, false).is_ignore()
        }
    }

    fn matcher(&self) -> Option<Gitignore> {
        let mut builder = GitignoreBuilder::new("");
        builder.add_line(None, &self.pattern).ok()?;
        builder.build().ok()
    }

    /// A rule for everything says who looks after the repository, not who wrote this corner of it.
    fn scope(&self) -> Scope {
        if matches!(self.pattern.as_str(), "*" | "**" | "/**" | "/*" | "/") { Scope::Whole } else { Scope::Exact }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::sources::tests::{owner_names, parse_with};
    use rstest::rstest;

    fn owners_of(text: &str, path: &str) -> Vec<String> {
        let said = parse_with(parse, text, ".github/CODEOWNERS", path);
        owner_names(&said).into_iter().map(str::to_owned).collect()
    }

    /// The example of GitHub's documentation, shortened.
    const GITHUB: &str = "\
# These owners will be the default owners for everything in the repo.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
path\\ with\\ spaces/ @space-owner
";

    #[rstest]
    #[case::everything("README.md", &["global-owner1", "global-owner2"])]
    #[case::extension("src/app.js", &["js-owner"])]
    #[case::address("cmd/main.go", &["docs@example.com"])]
    #[case::rooted_folder("docs/getting-started.md", &["doctocat"])]
    #[case::folder_anywhere("a/apps/x/y.txt", &["octocat"])]
    #[case::last_rule_wins("build/logs/x", &["octocat"])]
    #[case::two_owners("scripts/x.sh", &["doctocat", "octocat"])]
    #[case::spaces("path with spaces/x", &["space-owner"])]
    #[case::a_folder_is_asked_by_a_file_in_it("docs/", &["doctocat"])]
    #[case::the_whole_repository("", &["global-owner1", "global-owner2"])]
    fn the_last_matching_rule_wins(#[case] path: &str, #[case] owners: &[&str]) {
        assert_eq!(owners_of(GITHUB, path), owners);
    }

    #[test]
    fn a_rule_without_owners_says_nobody() {
        let said = parse_with(parse, GITHUB, ".github/CODEOWNERS", "apps/github/main.go");
        assert_eq!((said[0].says.clone(), said[0].line), (Says::Nobody, Some(12)));
    }

    #[rstest]
    #[case::star_is_one_level("docs/* @a", "docs/a/b.md", &[])]
    #[case::star_in_it("docs/* @a", "docs/b.md", &["a"])]
    #[case::a_folder_is_whole("docs @a", "x/docs/a/b.md", &["a"])]
    #[case::two_stars("/docs/** @a", "docs/a/b.md", &["a"])]
    #[case::case_matters("/Docs/ @a", "docs/b.md", &[])]
    #[case::no_negation("* @a\n!docs/ @b", "docs/b.md", &["a"])]
    #[case::no_ranges("* @a\n[ab].md @b", "a.md", &["a"])]
    #[case::a_slash_anchors("a/b @x", "c/a/b", &[])]
    fn where_gitignore_and_codeowners_differ(#[case] text: &str, #[case] path: &str, #[case] owners: &[&str]) {
        assert_eq!(owners_of(text, path), owners);
    }

    #[rstest]
    #[case::defaults("[Backend] @back\n/api/\n/api/pay/ @pay", "api/x.go", &["back"])]
    #[case::own_owners("[Backend][2] @back\n/api/\n/api/pay/ @pay", "api/pay/x.go", &["pay"])]
    #[case::each_section_speaks("[A] @a\n*\n^[B] @b\n*.go", "x.go", &["a", "b"])]
    #[case::before_any_section("* @all\n[A]\n/api/ @a", "api/x", &["all", "a"])]
    fn gitlab_sections_speak_one_by_one(#[case] text: &str, #[case] path: &str, #[case] owners: &[&str]) {
        assert_eq!(owners_of(text, path), owners);
    }

    #[rstest]
    #[case("* @a", Scope::Whole)]
    #[case("/api/ @a", Scope::Exact)]
    fn a_rule_for_everything_is_not_about_this_corner(#[case] text: &str, #[case] scope: Scope) {
        assert_eq!(parse_with(parse, text, "CODEOWNERS", "api/x")[0].scope, scope);
    }
}
