//! Options by which a program takes memory, as they are written.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::text::ascii_regex;

pub(super) const MEGABYTE: f64 = 1_048_576.0;

static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?<jvm>-Xm[sx])(?<size>\d+)(?<unit>[kKmMgG]?)\b|(?<node>--max[-_]old[-_]space[-_]size)[= ](?<megabytes>\d+)|\b(?<server>shared_buffers|innodb[-_]buffer[-_]pool[-_]size|maxmemory)['\x22]?\s?[=: ]\s?['\x22]?(?<taken>\d+)\s?(?<scale>[kKmMgG]?)[bB]?\b",
    )
});

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryUser {
    /// The JVM's heap, at most.
    Jvm,
    /// The same, at its start.
    JvmStart,
    Node,
    /// What a database keeps for itself.
    Server,
}

#[derive(Debug, Clone, PartialEq)]
pub struct MemoryOption {
    /// `-Xmx512m`
    pub text: String,
    pub bytes: f64,
    pub user: MemoryUser,
}

/// Of a variable of its own: `MAX_HEAP_SIZE=1G` of Cassandra, `ES_HEAP_SIZE`, `KAFKA_HEAP`.
#[must_use]
pub fn memory_variable(name: &str, value: &str) -> Option<MemoryOption> {
    let upper = name.to_uppercase();
    let is_heap = ["HEAP_SIZE", "MAX_HEAP", "HEAP_MAX", "XMX"].iter().any(|word| upper.contains(word));
    let is_size = value.trim_end_matches(['b', 'B']).ends_with(['k', 'K', 'm', 'M', 'g', 'G']);
    let option =
        memory_options(&format!("-Xmx{}", value.trim_end_matches(['b', 'B']))).pop().filter(|_| is_heap && is_size)?;
    Some(MemoryOption { text: format!("{name}={value}"), ..option })
}

/// Those of this text.
#[must_use]
pub fn memory_options(text: &str) -> Vec<MemoryOption> {
    OPTION.captures_iter(text).filter_map(|found| read(&found)).collect()
}

fn read(found: &Captures) -> Option<MemoryOption> {
    let number = |name| found.name(name).and_then(|number| number.as_str().parse::<f64>().ok());
    let unit = |name| match found.name(name).map_or("", |unit| unit.as_str()) {
        "k" | "K" => 1024.0,
        "m" | "M" => MEGABYTE,
        "g" | "G" => 1024.0 * MEGABYTE,
        _ => 1.0,
    };
    let (user, bytes) = match (found.name("jvm"), found.name("node")) {
        (Some(name), _) if name.as_str() == "-Xms" => (MemoryUser::JvmStart, number("size")? * unit("unit")),
        (Some(_), _) => (MemoryUser::Jvm, number("size")? * unit("unit")),
        (None, Some(_)) => (MemoryUser::Node, number("megabytes")? * MEGABYTE),
        (None, None) => (MemoryUser::Server, number("taken")? * unit("scale")),
    };
    Some(MemoryOption { text: found[0].to_owned(), bytes, user })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("MAX_HEAP_SIZE", "1G", true)]
    #[case("MAX_HEAP_SIZE", "auto", false)]
    #[case("HEAP_NEWSIZE", "200M", false)]
    fn a_variable_may_be_one(#[case] name: &str, #[case] value: &str, #[case] expected: bool) {
        assert_eq!(memory_variable(name, value).is_some(), expected);
    }

    #[rstest]
    #[case::jvm("-server -Xmx2g", "-Xmx2g", 2048.0)]
    #[case::kilobytes("-Xms524288k", "-Xms524288k", 512.0)]
    #[case::node("--max-old-space-size=512", "--max-old-space-size=512", 512.0)]
    #[case::node_underscores("node --max_old_space_size 64 a.js", "--max_old_space_size 64", 64.0)]
    #[case::postgres("shared_buffers = '8GB'", "shared_buffers = '8GB", 8192.0)]
    #[case::redis("maxmemory 256mb", "maxmemory 256mb", 256.0)]
    fn an_option_is_read(#[case] text: &str, #[case] shown: &str, #[case] megabytes: f64) {
        let all = memory_options(text);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].text, shown);
        assert!((all[0].bytes - megabytes * MEGABYTE).abs() < 1.0);
    }
}
