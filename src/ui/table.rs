//! Tables for people: as wide as what is in them, and no wider than the terminal. Pure, but for what asks for its width.

use comfy_table::{Table, presets};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::printer::Ui;

/// Between two columns.
const GAP: usize = 2;
/// A column is not cut below this, however narrow the terminal.
const LEAST: usize = 8;

impl Ui {
    /// Lays out a table for stdout. On a terminal the widest columns are cut until each row is one line; elsewhere, and with
    /// `-o wide`, nothing is.
    #[must_use]
    pub fn table(&self, header: &[&str], rows: Vec<Vec<String>>) -> String {
        let header = header.iter().map(|&name| name.to_owned()).collect();
        lay_out(std::iter::once(header).chain(rows).collect(), self.room())
    }

    /// Columns that a table may take; none where there is no limit.
    #[must_use]
    pub fn room(&self) -> Option<usize> {
        let columns = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
        columns.filter(|_| !self.is_wide())
    }
}

/// A moment as a clock on the wall shows it.
#[must_use]
pub fn local(at: Timestamp) -> String {
    in_zone(at, TimeZone::system())
}

fn in_zone(at: Timestamp, zone: TimeZone) -> String {
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn lay_out(rows: Vec<Vec<String>>, room: Option<usize>) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| columns_of(cell)).max();
    let natural: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let widths = match room {
        Some(room) => fitted(natural, room),
        None => natural,
    };
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for row in rows {
        table.add_row(
            row.iter().zip(&widths).map(|(cell, width)| console::truncate_str(cell, *width, "…").into_owned()),
        );
    }
    table.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n")
}

fn columns_of(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Takes from the widest until all fit.
fn fitted(mut widths: Vec<usize>, room: usize) -> Vec<usize> {
    let gaps = GAP * widths.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > LEAST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        vec![
            row(["REV", "WHEN", "OUTCOME", "WHO"]),
            row([
                "12*",
                "2026-11-23 10:00",
                "failed (CrashLoopBackOff), restores 10",
                "ada.lovelace@example.com on laptop",
            ]),
            row(["3", "2026-11-23 09:00", "deployed", "日本語日本語"]),
        ]
    }

    #[test]
    fn nothing_is_cut_where_there_is_room() {
        let expected = "REV  WHEN              OUTCOME                                 WHO
12*  2026-11-23 10:00  failed (CrashLoopBackOff), restores 10  ada.lovelace@example.com on laptop
3    2026-11-23 09:00  deployed                                日本語日本語";
        assert_eq!(lay_out(rows(), None), expected);
        assert_eq!(lay_out(rows(), Some(200)), expected);
    }

    #[test]
    fn the_widest_are_cut_until_a_row_is_a_line() {
        let expected = "REV  WHEN              OUTCOME                       WHO
12*  2026-11-23 10:00  failed (CrashLoopBackOff), …  ada.lovelace@example.com o…
3    2026-11-23 09:00  deployed                      日本語日本語";
        assert_eq!(lay_out(rows(), Some(80)), expected);
        for room in 45..120 {
            let text = lay_out(rows(), Some(room));
            assert_eq!(text.lines().count(), 3, "{text}");
            assert!(text.lines().all(|line| columns_of(line) <= room), "{room}:\n{text}");
        }
    }

    #[test]
    fn a_moment_is_told_in_the_zone_of_the_reader() {
        let at = "2026-11-23T23:30:00Z".parse().expect("a moment");
        assert_eq!(in_zone(at, TimeZone::get("Europe/Berlin").expect("a zone")), "2026-11-24 00:30");
        assert_eq!(in_zone(at, TimeZone::UTC), "2026-11-23 23:30");
    }
}
