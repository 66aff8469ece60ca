//! Text that could drive a terminal, or read as something that it is not, made visible.

use std::borrow::Cow;

/// Whether colours (SGR sequences, ECMA-48) stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    Stay,
    Escaped,
}

/// What a terminal obeys, or a reader does not see: control characters (C0, C1), line and paragraph separators, marks that
/// turn the direction of text (CVE-2021-42574), characters without width, tags.
fn is_harmful(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        '\u{00ad}'
        | '\u{034f}'
        | '\u{061c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{180e}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// A CI runner takes these anywhere in a line for its own commands (GitHub Actions, Azure Pipelines).
fn begins_command(text: &str) -> bool {
    text.starts_with("##[") || text.starts_with("##vso[")
}

/// Escapes what could drive the reader's terminal, so that text from a cluster, a log or a registry cannot. Tabs become
/// spaces; a line break is escaped too: split into lines first.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '#' if begins_command(&text[at..]) => out.extend(c.escape_unicode()),
            '\t' => out.push_str("    "),
            '\n' | '\r' => out.extend(c.escape_default()),
            c if is_harmful(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Text as it is printed, the last thing before it leaves: what is not escaped yet is now. Lines stay lines.
#[must_use]
pub fn harmless(text: &str, colors: Colors) -> Cow<'_, str> {
    if !text.contains(is_harmful) && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(len) = color(rest).filter(|_| colors == Colors::Stay) {
            out.push_str(&rest[..len]);
            rest = &rest[len..];
            continue;
        }
        match c {
            '\r' => out.push_str("\\r"),
            c if is_harmful(c) || begins_command(rest) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    Cow::Owned(out)
}

/// JSON with the same characters written as JSON escapes them: the value stays what it is.
#[must_use]
pub fn harmless_json(json: &str) -> Cow<'_, str> {
    use std::fmt::Write as _;
    if !json.contains(is_harmful) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmful(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                let _ = write!(out, "\\u{unit:04x}");
            });
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Bytes of the colour that the text begins with; none where it begins otherwise, or hides what follows.
fn color(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let len = parameters.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    let is_color = parameters.as_bytes().get(len) == Some(&b'm') && !conceals(&parameters[..len]);
    is_color.then_some(len + 3)
}

/// Whether SGR 8 is among the parameters; after 38 and 48 numbers are of a colour.
fn conceals(parameters: &str) -> bool {
    let mut numbers = parameters.split(';').map(|number| number.parse::<u16>().unwrap_or(0));
    while let Some(number) = numbers.next() {
        match number {
            8 => return true,
            38 | 48 => match numbers.next() {
                Some(5) => drop(numbers.next()),
                Some(2) => drop(numbers.nth(2)),
                _ => {}
            },
            _ => {}
        }
    }
    false
}

/// One line of a program's log for a reader: colours are kept where `colors` says so, else left out; every other control
/// sequence is escaped. Nothing is masked: a log is its reader's own.
#[must_use]
pub fn log_line(line: &str, colors: Colors) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut colored = false;
    while let Some(start) = rest.find("\u{1b}[") {
        let is_color = color(&rest[start..]);
        let end = start + is_color.unwrap_or(2);
        out.push_str(&escape(&rest[..if is_color.is_some() { start } else { end }]));
        if is_color.is_some() && colors == Colors::Stay {
            out.push_str(&rest[start..end]);
            colored = true;
        }
        rest = &rest[end..];
    }
    out.push_str(&escape(rest));
    if colored {
        out.push_str("\u{1b}[0m");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain text", "plain text")]
    #[case("\u{1b}[2Jgone", "\\u{1b}[2Jgone")]
    #[case("a\tb", "a    b")]
    #[case("a\rb\n", "a\\rb\\n")]
    #[case("admin\u{202e}txt", "admin\\u{202e}txt")]
    #[case("\u{9b}31m", "\\u{9b}31m")]
    #[case("x ##[set-output] ##vso[task]", "x \\u{23}#[set-output] \\u{23}#vso[task]")]
    #[case("## a heading", "## a heading")]
    fn escape_disarms_control_characters(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(escape(text), expected);
    }

    #[rstest]
    #[case("plain", Colors::Stay, "plain")]
    #[case("\u{1b}[1;31mred\u{1b}[0m!", Colors::Stay, "\u{1b}[1;31mred\u{1b}[0m!\u{1b}[0m")]
    #[case("\u{1b}[1;31mred\u{1b}[0m!", Colors::Escaped, "red!")]
    #[case("\u{1b}[2J\u{1b}[3", Colors::Stay, "\\u{1b}[2J\\u{1b}[3")]
    #[case("\u{1b}]52;c;aGk=\u{7}", Colors::Stay, "\\u{1b}]52;c;aGk=\\u{7}")]
    #[case("\u{1b}[31m\rsafe", Colors::Stay, "\u{1b}[31m\\rsafe\u{1b}[0m")]
    #[case("ünï\u{1b}[mcode", Colors::Escaped, "ünïcode")]
    fn a_log_keeps_its_colours_and_nothing_else(#[case] line: &str, #[case] colors: Colors, #[case] expected: &str) {
        assert_eq!(log_line(line, colors), expected);
    }

    #[rstest]
    #[case("a\nb\tc", "a\nb\tc")]
    #[case("\u{1b}]8;;https://evil.example\u{7}x", "\\u{1b}]8;;https://evil.example\\u{7}x")]
    #[case("\u{9b}2J\u{7f}", "\\u{9b}2J\\u{7f}")]
    #[case("good\rbad", "good\\rbad")]
    #[case(
        "a\u{200b}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}b",
        "a\\u{200b}\\u{2028}\\u{202e}\\u{2066}\\u{feff}\\u{e0041}b"
    )]
    #[case("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m")]
    #[case("x ##[group]", "x \\u{23}#[group]")]
    #[case("## heading ünï", "## heading ünï")]
    fn what_drives_a_terminal_is_visible(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(harmless(text, Colors::Escaped), expected);
        assert_eq!(harmless(expected, Colors::Escaped), expected, "it is printed twice");
    }

    #[rstest]
    #[case("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m")]
    #[case("\u{1b}[38;5;8mgrey", "\u{1b}[38;5;8mgrey")]
    #[case("\u{1b}[8mhidden", "\\u{1b}[8mhidden")]
    #[case("\u{1b}[31;8mhidden", "\\u{1b}[31;8mhidden")]
    #[case("\u{1b}[2J", "\\u{1b}[2J")]
    fn colours_stay_where_they_may(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(harmless(text, Colors::Stay), expected);
    }

    #[test]
    fn json_stays_the_value_that_it_is() {
        let value = serde_json::json!({"a\u{202e}": "\u{1b}[2J\u{9b}\u{7f}\u{e0041}\u{2028}ü"});
        let text = value.to_string();
        let shown = harmless_json(&text);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
        assert!(!shown.contains(is_harmful), "{shown}");
    }
}
