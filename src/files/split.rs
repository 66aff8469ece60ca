//! One text -> its documents, at the lines where kubectl cuts (`k8s.io/apimachinery`, `util/yaml`, `YAMLReader`).

/// A part of a text, and where it begins there: the byte, and the line from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part<'t> {
    pub text: &'t str,
    pub at: usize,
    pub line: usize,
}

/// The documents between lines that begin with `---`. A part may be empty.
///
/// # Errors
/// The line of a separator that has something else than a comment after it: kubectl refuses it too.
pub(super) fn documents(text: &str) -> Result<Vec<Part<'_>>, usize> {
    let mut parts = Vec::new();
    let (mut start, mut first) = (0, 1);
    let mut at = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let next = at + line.len();
        if let Some(rest) = line.strip_prefix("---") {
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(number);
            }
            parts.push(Part { text: &text[start..at], at: start, line: first });
            (start, first) = (next, number + 1);
        }
        at = next;
    }
    parts.push(Part { text: &text[start..], at: start, line: first });
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("a: 1\n", Ok(vec![("a: 1\n", 1)]))]
    #[case("---\na: 1\n--- # two\nb: 2", Ok(vec![("", 1), ("a: 1\n", 2), ("b: 2", 4)]))]
    #[case("a: |\n  x\n  ---\n  y\n", Ok(vec![("a: |\n  x\n  ---\n  y\n", 1)]))]
    #[case("a: 1\r\n---\r\nb: 2", Ok(vec![("a: 1\r\n", 1), ("b: 2", 3)]))]
    #[case("a: 1\n--- {b: 2}\n", Err(2))]
    fn a_text_is_cut_where_kubectl_cuts_it(#[case] text: &str, #[case] expected: Result<Vec<(&str, usize)>, usize>) {
        let parts = documents(text).map(|parts| parts.iter().map(|part| (part.text, part.line)).collect::<Vec<_>>());
        assert_eq!(parts, expected);
    }
}
