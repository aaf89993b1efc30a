//! The bytes of a CSV file as lines of cells.
//!
//! What they are is never guessed: an encoding is told by its mark or is UTF-8, a
//! delimiter by the first line, and either by who runs the import.

use std::sync::Arc;

use csv::StringRecord;
use encoding_rs::{Encoding, UTF_8};

use super::column;
use super::fault::{Faults, Place, quoted};

/// Bytes of one file: a large org's contacts, and small enough to hold.
pub const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// Lines of one file that are records; an export of more comes in parts.
pub(crate) const MAX_ROWS: usize = 200_000;
/// Columns; exports of every property of a large CRM have several hundred.
pub(crate) const MAX_COLUMNS: usize = 1_000;
/// Bytes of a cell: what the longest text property of a CRM holds, in any script.
pub(crate) const MAX_CELL_BYTES: usize = 256 * 1024;

/// Delimiters that spreadsheets write.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// A file of cells.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) file: Arc<str>,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

/// A record and the line on which it begins.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) cells: StringRecord,
}

impl Sheet {
    pub(crate) fn place(&self, row: &Row) -> Place {
        Place { file: self.file.clone(), line: row.line }
    }
}

/// Reads a file; what is wrong with it goes to `faults`.
pub(crate) fn read(
    file: &Arc<str>,
    bytes: &[u8],
    encoding: Option<&'static Encoding>,
    delimiter: Option<u8>,
    faults: &mut Faults,
) -> Option<Sheet> {
    match parse(file, bytes, encoding, delimiter, faults) {
        Ok(sheet) => Some(sheet),
        Err(what) => {
            faults.push(file, what);
            None
        }
    }
}

fn parse(
    file: &Arc<str>,
    bytes: &[u8],
    encoding: Option<&'static Encoding>,
    delimiter: Option<u8>,
    faults: &mut Faults,
) -> Result<Sheet, String> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!("is larger than {} MB; split it", MAX_FILE_BYTES / 1024 / 1024));
    }
    let text = decode(bytes, encoding)?;
    let delimiter = match delimiter {
        Some(delimiter) => delimiter,
        None => told_delimiter(&text)?,
    };
    let mut reader = builder(delimiter).from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(error.to_string()),
        None => return Err("is empty; the first line names the columns".to_owned()),
    };
    if header.len() > MAX_COLUMNS {
        return Err(format!("has more than {MAX_COLUMNS} columns"));
    }
    let mut sheet = Sheet {
        file: file.clone(),
        header: header.iter().map(|name| trimmed(name).to_owned()).collect(),
        rows: Vec::new(),
    };
    for record in records {
        let mut cells = record.map_err(|error| error.to_string())?;
        let line = line(&text, &cells);
        let place = Place { file: file.clone(), line };
        if cells.iter().all(|cell| trimmed(cell).is_empty()) {
            continue;
        }
        if sheet.rows.len() == MAX_ROWS {
            return Err(format!("has more than {MAX_ROWS} records; split it"));
        }
        // Spreadsheets end lines with empty cells beyond the header.
        if cells.len() > header.len() && cells.iter().skip(header.len()).all(|cell| trimmed(cell).is_empty()) {
            cells.truncate(header.len());
        }
        if let Some(at) = cells.iter().position(|cell| cell.len() > MAX_CELL_BYTES) {
            let what =
                format!("cell {} is longer than {} KB; is a quotation mark open?", at + 1, MAX_CELL_BYTES / 1024);
            faults.at(&place, what);
        } else if cells.iter().any(|cell| cell.contains('\0')) {
            faults.at(&place, "holds the character U+0000");
        } else if cells.len() != header.len() {
            faults.at(&place, format!("has {} cells, the first line has {}", cells.len(), header.len()));
        } else {
            sheet.rows.push(Row { line, cells });
        }
    }
    if let Some(row) = sheet.rows.last()
        && is_left_open(&text, row)
    {
        // Of the lines behind it nothing is known, so leaving this one out mends nothing.
        faults.push(sheet.place(row), "a quotation mark that opens here is never closed");
    }
    Ok(sheet)
}

/// Where a record's bytes begin, the ends of lines before it among them.
fn begin(cells: &StringRecord) -> usize {
    cells.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(0)
}

/// The line on which a record begins, behind the empty lines before it.
fn line(text: &str, cells: &StringRecord) -> u64 {
    let before = text.as_bytes().get(begin(cells)..).unwrap_or_default().iter();
    let ends = before.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count();
    cells.position().map_or(0, csv::Position::line) + ends as u64
}

/// Text without the spaces around it, those of other scripts too.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

fn builder(delimiter: u8) -> csv::ReaderBuilder {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true);
    builder
}

fn decode(bytes: &[u8], said: Option<&'static Encoding>) -> Result<String, String> {
    let marked = Encoding::for_bom(bytes);
    let (encoding, skip) = match (said, marked) {
        (Some(said), Some((marked, _))) if said != marked => {
            return Err(format!("says that it is {}, not {}", marked.name(), said.name()));
        }
        (_, Some((marked, mark))) => (marked, mark),
        (Some(said), None) => (said, 0),
        (None, None) => (UTF_8, 0),
    };
    let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[skip..]);
    text.map(std::borrow::Cow::into_owned).ok_or_else(|| {
        let hint = "say what it is with --encoding, windows-1252 for example";
        format!("is not {}; {hint}, or save it as UTF-8", encoding.name())
    })
}

/// The delimiter that the first line tells.
fn told_delimiter(text: &str) -> Result<u8, String> {
    let mut found: Vec<(usize, u8)> = Vec::new();
    for delimiter in DELIMITERS {
        let header = builder(delimiter).from_reader(text.as_bytes()).records().next();
        let Some(Ok(header)) = header else { continue };
        if header.len() > 1 {
            found.push((header.iter().filter(|name| column::is_known(name)).count(), delimiter));
        }
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    match found.as_slice() {
        // One column has none.
        [] => Ok(b','),
        [(_, only)] => Ok(*only),
        [(best, delimiter), (second, _), ..] if best > second => Ok(*delimiter),
        _ => {
            let line = text.lines().next().unwrap_or_default();
            Err(format!("the first line {} can be read in several ways; say --delimiter", quoted(line)))
        }
    }
}

/// Whether the last record swallowed the rest of the file: its last cell spans lines,
/// and its marks are no pairs.
fn is_left_open(text: &str, row: &Row) -> bool {
    let spans = row.cells.iter().next_back().is_some_and(|cell| cell.contains('\n'));
    spans
        && text
            .as_bytes()
            .get(begin(&row.cells)..)
            .is_some_and(|rest| rest.iter().filter(|byte| **byte == b'"').count() % 2 == 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sheet(bytes: &[u8], encoding: Option<&'static Encoding>) -> Result<Vec<Vec<String>>, String> {
        let mut faults = Faults::default();
        let sheet = read(&"f.csv".into(), bytes, encoding, None, &mut faults);
        let faults = faults.or(()).map_err(|faults| faults.to_string());
        faults.map(|()| {
            let sheet = sheet.unwrap();
            let rows = sheet.rows.iter().map(|row| row.cells.iter().map(str::to_owned).collect());
            std::iter::once(sheet.header.clone()).chain(rows).collect()
        })
    }

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn a_file_is_what_its_mark_and_first_line_say() {
        let want = vec![vec!["Name".to_owned(), "Email".into()], vec!["Zoë, Ä".into(), "z@x.test".into()]];
        let semicolons = "Name;Email\nZoë, Ä;z@x.test\n\n;\n";
        let tabs = "Name\tEmail\r\nZoë, Ä\tz@x.test\r\n";
        let windows = encoding_rs::WINDOWS_1252.encode(semicolons).0.into_owned();
        for bytes in [
            semicolons.as_bytes().to_vec(),
            format!("\u{feff}{semicolons}").into_bytes(),
            b"\xef\xbb\xbfName,Email\n\"Zo\xc3\xab, \xc3\x84\",z@x.test,,\n".to_vec(),
            tabs.as_bytes().to_vec(),
            utf16(tabs, false),
            utf16(tabs, true),
        ] {
            assert_eq!(sheet(&bytes, None).unwrap(), want);
        }
        assert_eq!(sheet(&windows, Some(encoding_rs::WINDOWS_1252)).unwrap(), want);
        assert!(sheet(&windows, None).unwrap_err().contains("f.csv: is not UTF-8; say what it is with --encoding"));
        let marked = sheet(&utf16(tabs, false), Some(UTF_8)).unwrap_err();
        assert!(marked.contains("says that it is UTF-16LE, not UTF-8"), "{marked}");
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_line() {
        let long = format!("Name,Email\nA,{}\n", "x".repeat(MAX_CELL_BYTES + 1));
        let wide = vec!["c"; MAX_COLUMNS + 1].join(",");
        let many = format!("Name,Email\n{}", "a,b\n".repeat(MAX_ROWS + 1));
        for (text, want) in [
            ("", "f.csv: is empty"),
            ("Name,Email\nA,a@x.test\nB\n", "f.csv:3: has 1 cells, the first line has 2"),
            ("Name,Email\nA,a@x.test,more\n", "f.csv:2: has 3 cells"),
            ("Name,Email\n\n\nA\n", "f.csv:4: has 1 cells"),
            ("\r\nName,Email\r\n\r\n\"A\r\nB\",a@x.test\r\n\r\nC\r\n", "f.csv:7: has 1 cells"),
            ("Name,Email\nA,\0\n", "f.csv:2: holds the character U+0000"),
            ("Name,Email\nA,\"open\nB,b@x.test\n", "f.csv:2: a quotation mark that opens here is never closed"),
            ("Eins;Zwei,Drei\n", "can be read in several ways; say --delimiter"),
            (&long, "f.csv:2: cell 2 is longer than 256 KB"),
            (&wide, "has more than 1000 columns"),
            (&many, "has more than 200000 records"),
        ] {
            let said = sheet(text.as_bytes(), None).unwrap_err();
            assert!(said.contains(want), "{want}: {said}");
        }
        let large = vec![b'a'; usize::try_from(MAX_FILE_BYTES).unwrap() + 1];
        assert!(sheet(&large, None).unwrap_err().contains("is larger than 64 MB"));
    }
}
