//! A line that a shell would run -> what a container starts. Pure.

/// What a container starts, and the variables that the line sets before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryPoint {
    pub words: Vec<String>,
    pub env: Vec<(String, String)>,
}

/// What only a shell understands; a line without it is started as it is, so that signals reach the program.
const OF_SHELL: &[char] = &['|', '&', ';', '<', '>', '(', ')', '$', '`', '*', '?', '~', '\n'];

/// Reads a line of a Procfile or of package.json.
#[must_use]
pub fn of_line(line: &str) -> EntryPoint {
    let line = line.trim();
    let shell = || EntryPoint { words: ["/bin/sh", "-c", line].map(str::to_owned).to_vec(), env: Vec::new() };
    if line.contains(OF_SHELL) {
        return if is_one_command(line) {
            EntryPoint {
                words: ["/bin/sh", "-c", &format!("exec {line}")].map(str::to_owned).to_vec(),
                env: Vec::new(),
            }
        } else {
            shell()
        };
    }
    let Ok(words) = shell_words::split(line) else { return shell() };
    let assigned = words.iter().take_while(|word| is_assignment(word)).count();
    let (before, words) = words.split_at(assigned);
    let env =
        before.iter().filter_map(|word| word.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    EntryPoint { words: words.to_vec(), env }
}

/// Whether the shell can become the program: no second command, no assignment that `exec` would take for one.
fn is_one_command(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    !line.contains(['|', '&', ';', '(', '`', '\n']) && !line.starts_with("exec ") && !is_assignment(first)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("node dist/main.js", &["node", "dist/main.js"], &[])]
    #[case("node --title='my app' x.js", &["node", "--title=my app", "x.js"], &[])]
    #[case("NODE_ENV=production A=b node x.js", &["node", "x.js"], &[("NODE_ENV", "production"), ("A", "b")])]
    #[case::a_variable("gunicorn -b :$PORT app:app", &["/bin/sh", "-c", "exec gunicorn -b :$PORT app:app"], &[])]
    #[case::two_commands("npm run migrate && node x.js", &["/bin/sh", "-c", "npm run migrate && node x.js"], &[])]
    #[case::both("A=b node $X", &["/bin/sh", "-c", "A=b node $X"], &[])]
    #[case::an_open_quote("node 'x", &["/bin/sh", "-c", "node 'x"], &[])]
    fn a_line_is_started_without_a_shell_where_none_is_needed(
        #[case] line: &str,
        #[case] words: &[&str],
        #[case] env: &[(&str, &str)],
    ) {
        let found = of_line(line);
        let env: Vec<(String, String)> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        assert_eq!((found.words, found.env), (words.iter().map(|word| (*word).to_owned()).collect(), env));
    }
}
