//! META-INF/MANIFEST.MF of a jar (JAR file specification). Pure.

use std::collections::BTreeMap;

/// Attributes of its main part. A line that begins with a space goes on with the one before; an empty one ends the part.
#[must_use]
pub fn attributes(text: &str) -> BTreeMap<String, String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(|line| line.trim_end_matches('\r')) {
        match (line.strip_prefix(' '), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ if line.is_empty() => break,
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.to_owned(), v.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_attribute_goes_on_in_the_next_line() {
        let text =
            "Manifest-Version: 1.0\r\nStart-Class: com.example.a.very.\r\n long.Name\r\n\r\nName: other\r\nX: y\r\n";
        let found = attributes(text);
        assert_eq!(found["Start-Class"], "com.example.a.very.long.Name");
        assert!(!found.contains_key("X"));
    }
}
