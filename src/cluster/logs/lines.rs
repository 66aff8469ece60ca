//! The lines of a log as they come, each cut at a bound: a program that never writes a line break must not fill memory.

use std::io;

use futures::{AsyncBufRead, AsyncBufReadExt};

/// Bytes of a line that are kept; the rest is dropped and marked.
pub const LONGEST: usize = 16 << 10;

/// One line of bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Raw {
    pub text: String,
    /// Whether its line break was there; without it, more may be missing.
    pub whole: bool,
}

/// The next line, or none at the end.
///
/// # Errors
/// When the connection is lost; what came of the line until then is dropped.
pub async fn next(log: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Raw>> {
    let mut line = Vec::new();
    let mut cut = false;
    loop {
        let chunk = log.fill_buf().await?;
        if chunk.is_empty() {
            return Ok((!line.is_empty()).then(|| raw(&line, cut, false)));
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let piece = &chunk[..end.unwrap_or(chunk.len())];
        let room = LONGEST - line.len();
        cut |= piece.len() > room;
        line.extend_from_slice(&piece[..piece.len().min(room)]);
        let used = end.map_or(chunk.len(), |end| end + 1);
        log.consume_unpin(used);
        if end.is_some() {
            return Ok(Some(raw(&line, cut, true)));
        }
    }
}

fn raw(line: &[u8], cut: bool, whole: bool) -> Raw {
    let mut text = String::from_utf8_lossy(line).into_owned();
    if cut {
        text.push('…');
    }
    Raw { text, whole }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(bytes: &[u8]) -> Vec<Raw> {
        let mut log = futures::io::BufReader::with_capacity(1000, futures::io::Cursor::new(bytes.to_vec()));
        let mut lines = Vec::new();
        while let Some(line) = next(&mut log).await.unwrap() {
            lines.push(line);
        }
        lines
    }

    #[tokio::test]
    async fn the_last_line_may_lack_its_break() {
        let line = |text: &str, whole| Raw { text: text.to_owned(), whole };
        assert_eq!(
            all(b"one\n\ntwo\nthr").await,
            [line("one", true), line("", true), line("two", true), line("thr", false)]
        );
    }

    #[tokio::test]
    async fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; 1 << 20];
        bytes.extend_from_slice(b"\nnext\n");
        let lines = all(&bytes).await;
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].text.chars().count(), lines[0].text.ends_with('…')), (LONGEST + 1, true));
        assert_eq!(lines[1].text, "next");
    }
}
