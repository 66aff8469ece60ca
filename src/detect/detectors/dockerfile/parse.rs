//! A Dockerfile -> its instructions, each with the line where it begins.

/// One instruction, its continued lines joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    pub line: usize,
    /// In capitals: `FROM`.
    pub keyword: String,
    /// What follows, without flags such as `--from=build`.
    pub value: String,
    pub flags: Vec<String>,
}

/// `BuildKit`'s own reading: directives, comments, continuations, heredocs.
#[must_use]
pub fn parse(text: &str) -> Vec<Instruction> {
    let escape = escape(text);
    let mut lines = (1..).zip(text.lines());
    let mut found = Vec::new();
    while let Some((line, first)) = lines.next() {
        let mut joined = String::new();
        let mut current = first;
        loop {
            let trimmed = current.trim();
            // Comments and, within an instruction, empty lines are not there.
            if !trimmed.starts_with('#') {
                match trimmed.strip_suffix(escape) {
                    Some(part) => {
                        joined.push_str(part);
                        joined.push(' ');
                    }
                    None if trimmed.is_empty() && !joined.is_empty() => {}
                    None => {
                        joined.push_str(trimmed);
                        break;
                    }
                }
            } else if joined.is_empty() {
                break;
            }
            let Some((_, next)) = lines.next() else { break };
            current = next;
        }
        let Some(instruction) = instruction(line, joined.trim()) else { continue };
        if matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for end in heredocs(&instruction.value) {
                for (_, text) in lines.by_ref() {
                    if text.trim_start_matches('\t') == end || text == end {
                        break;
                    }
                }
            }
        }
        found.push(instruction);
    }
    found
}

/// The directive `escape`, which only counts before everything else.
fn escape(text: &str) -> char {
    let directives = text.lines().map(str::trim).take_while(|line| line.starts_with('#'));
    let value = directives.filter_map(|line| {
        let (name, value) = line.trim_start_matches('#').split_once('=')?;
        (name.trim().eq_ignore_ascii_case("escape")).then(|| value.trim().to_owned())
    });
    if value.into_iter().next().as_deref() == Some("`") { '`' } else { '\\' }
}

fn instruction(line: usize, text: &str) -> Option<Instruction> {
    let (keyword, mut value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if keyword.is_empty() || !keyword.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut flags = Vec::new();
    loop {
        value = value.trim_start();
        // What begins with `--` in a CMD is an argument.
        let is_flag = value.starts_with("--") && !matches!(keyword.to_ascii_uppercase().as_str(), "CMD" | "ENTRYPOINT");
        if !is_flag {
            break;
        }
        let (flag, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        flags.push(flag.to_owned());
        value = rest;
    }
    Some(Instruction { line, keyword: keyword.to_ascii_uppercase(), value: value.to_owned(), flags })
}

/// The words that end the heredocs of an instruction: `<<EOF`, `<<-"END"`.
fn heredocs(value: &str) -> Vec<String> {
    let mut rest = value;
    let mut ends = Vec::new();
    while let Some((_, after)) = rest.split_once("<<") {
        let name = after.trim_start_matches('-').trim_start_matches(['"', '\'']);
        let end: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        if !end.is_empty() && !end.starts_with(|c: char| c.is_ascii_digit()) {
            ends.push(end);
        }
        rest = after;
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::continued("RUN a \\\n  # no\n\n  b\nEXPOSE 80", &[(1, "RUN", "a  b"), (5, "EXPOSE", "80")])]
    #[case::heredoc("RUN <<EOF\nEXPOSE 1\nEOF\nexpose 80", &[(1, "RUN", "<<EOF"), (4, "EXPOSE", "80")])]
    #[case::two_heredocs("COPY <<a <<b /x/\nEXPOSE 1\na\nUSER 1\nb\nUSER 2", &[(1, "COPY", "<<a <<b /x/"), (6, "USER", "2")])]
    #[case::escaped("# escape=`\nRUN a `\nb\nUSER 2", &[(2, "RUN", "a  b"), (4, "USER", "2")])]
    #[case::flags("COPY --from=b --chown=1 a b", &[(1, "COPY", "a b")])]
    #[case::arguments("CMD --port 80", &[(1, "CMD", "--port 80")])]
    fn instructions(#[case] text: &str, #[case] expected: &[(usize, &str, &str)]) {
        let found = parse(text);
        let found: Vec<_> = found.iter().map(|i| (i.line, i.keyword.as_str(), i.value.as_str())).collect();
        assert_eq!(found, expected);
    }
}
