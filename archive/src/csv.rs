//! Rows of tables (RFC 4180).

/// A row. What a spreadsheet would take for a formula is told to be text.
pub fn csv_row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let apostrophe = if formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas_and_keep_their_quotes() {
        assert_eq!(csv_row(&["Họp \"tổ\"", "=1+1"]), "\"Họp \"\"tổ\"\"\",\"'=1+1\"\r\n");
    }
}
