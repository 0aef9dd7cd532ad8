//! Plain aligned columns.

use console::{Alignment, measure_text_width, pad_str};

use crate::foreign::visible;

/// Returns a heading and rows in columns, two blanks apart, each as wide as its widest cell; no
/// blanks at the ends of lines. Columns in which every cell is empty are left out. A cell stays in its
/// row and column, whatever it holds.
///
/// Every row has as many cells as the heading.
pub fn columns(heading: &[&str], rows: &[Vec<String>]) -> String {
    let heading: Vec<String> = heading.iter().map(|name| (*name).to_owned()).collect();
    let kept: Vec<usize> = (0..heading.len())
        .filter(|&column| rows.iter().any(|row| !row[column].is_empty()))
        .collect();
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| visible(cell)).collect()).collect();
    let all = || std::iter::once(&heading).chain(&rows);
    let widest = |column: usize| all().map(|row| measure_text_width(&row[column])).max();
    let widths: Vec<usize> = kept.iter().map(|&column| widest(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in all() {
        let cells = kept.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(&column, &width)| pad_str(&row[column], width, Alignment::Left, None))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_aligned_and_empty_columns_left_out() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let text = columns(&["A", "Empty", "B"], &[row(["é", "", "x"]), row(["long", "", ""])]);
        assert_eq!(text, "A     B\né     x\nlong\n");
    }
}
