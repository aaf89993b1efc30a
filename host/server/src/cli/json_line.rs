//! In which line of a JSON text a value stands, so that what is wrong with it is found.

/// Lines from 1; `None` where the text has no such place. The text is JSON that was read
/// before.
pub(crate) fn line(text: &str, table: &str, index: usize, field: &str) -> Option<usize> {
    let mut at = Reader { text: text.as_bytes(), at: 0 };
    at.enter_field(table)?;
    at.enter_item(index)?;
    let row = at.at;
    // A field that is missing is missing in its row.
    if at.enter_field(field).is_none() {
        at.at = row;
    }
    Some(1 + text.as_bytes().get(..at.at)?.iter().filter(|byte| **byte == b'\n').count())
}

/// The place of a `table[index].field: what is wrong` in a document.
pub(crate) fn of_message(text: &str, message: &str) -> Option<usize> {
    let (place, _) = message.split_once(": ")?;
    let (table, rest) = place.split_once('[')?;
    let (index, field) = rest.split_once(']')?;
    line(text, table, index.parse().ok()?, field.trim_start_matches('.'))
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Goes to the value of a field of the object that stands here.
    fn enter_field(&mut self, wanted: &str) -> Option<()> {
        self.take(b'{')?;
        while self.peek()? != b'}' {
            let from = self.at;
            self.skip()?;
            let name: String = serde_json::from_slice(self.text.get(from..self.at)?).ok()?;
            self.take(b':')?;
            if name == wanted {
                self.peek()?;
                return Some(());
            }
            self.skip()?;
            let _last = self.take(b',');
        }
        None
    }

    /// Goes to an element of the list that stands here.
    fn enter_item(&mut self, wanted: usize) -> Option<()> {
        self.take(b'[')?;
        for _ in 0..wanted {
            self.skip()?;
            self.take(b',')?;
        }
        self.peek().map(|_| ())
    }

    /// Goes past the value that stands here, without descending: brackets outside of texts
    /// are counted.
    fn skip(&mut self) -> Option<()> {
        self.peek()?;
        let mut open = 0_usize;
        loop {
            match *self.text.get(self.at)? {
                b'"' => self.skip_text()?,
                b'{' | b'[' => {
                    open += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    open = open.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if open > 0 => self.at += 1,
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ => self.skip_word(),
            }
            if open == 0 {
                return Some(());
            }
        }
    }

    fn skip_text(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match *self.text.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    /// A number, `true`, `false` or `null`.
    fn skip_word(&mut self) {
        let is_end = |byte: u8| byte.is_ascii_whitespace() || b",:]}".contains(&byte);
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| is_end(*byte)).unwrap_or(rest.len()).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::of_message;

    const TEXT: &str = "{\n \"orgs\": [{\"id\": \"a ] \\\" }\", \"n\": [1, {\"x\": null}]}],\n \"users\": [\n  {\"id\": 1},\n\
                        \n  {\"id\": \"u2\", \"name\": -1.5e3,\n   \"zone\" : \"Mars/Olympus\"}\n ]\n}";

    #[test]
    fn a_place_of_a_document_is_found_by_its_line() {
        for (message, wanted) in [
            ("users[1].zone: `Mars/Olympus` is no time zone", Some(7)),
            ("users[1].email: is missing", Some(6)),
            ("users[0].id: expected text", Some(4)),
            ("users[0]: expected an object", Some(4)),
            ("orgs[0].n: expected text", Some(2)),
            ("users[2].zone: no", None),
            ("deals[0].name: no", None),
            ("users: expected a list", None),
            ("more than 5 rows", None),
        ] {
            assert_eq!(of_message(TEXT, message), wanted, "{message}");
        }
    }
}
