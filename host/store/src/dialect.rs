//! The words in which the two databases differ where they mean the same.
//!
//! What both are asked is written as SQLite has it, with `$n` for parameters, and
//! [`Dialect::said`] says it to Postgres: JSON is made by functions of other names there,
//! and a column of JSON need not be told to be one. Where more differs than a name, a
//! method here writes it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// SQL of both, for this one.
    pub(crate) fn said(self, sql: String) -> String {
        if self == Self::Sqlite {
            return sql;
        }
        let mut said = String::with_capacity(sql.len() + 64);
        let mut rest = sql.as_str();
        while let Some(at) = rest.find('(') {
            let (before, after) = rest.split_at(at);
            let word = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
            said.push_str(&before[..word]);
            said.push_str(match &before[word..] {
                "json_object" => "json_build_object",
                "json_array" => "json_build_array",
                "json" => "",
                other => other,
            });
            said.push('(');
            rest = &after[1..];
        }
        said.push_str(rest);
        said
    }

    /// A condition as JSON.
    pub(crate) fn truth(self, condition: &str) -> String {
        match self {
            Self::Sqlite => format!("json(iif({condition}, 'true', 'false'))"),
            Self::Postgres => format!("({condition})"),
        }
    }

    /// The JSON that a column of text holds.
    pub(crate) fn parsed(self, text: &str) -> String {
        match self {
            Self::Sqlite => format!("json({text})"),
            Self::Postgres => format!("({text})::json"),
        }
    }

    /// A list of values in this order, of the rows of `from`; empty where there are none.
    pub(crate) fn list(self, value: &str, order: &str, from: &str) -> String {
        match self {
            Self::Sqlite => format!("json((SELECT json_group_array({value} ORDER BY {order}) FROM {from}))"),
            Self::Postgres => format!("(SELECT coalesce(json_agg({value} ORDER BY {order}), '[]') FROM {from})"),
        }
    }

    /// The texts of a JSON list as rows of `alias`: `value`, and `key` for their order.
    pub(crate) fn words(self, list: &str, alias: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({list}) {alias}"),
            Self::Postgres => {
                format!("json_array_elements_text(({list})::json) WITH ORDINALITY {alias} (value, key)")
            }
        }
    }

    /// What kind of JSON a field of a column is.
    pub(crate) fn kind(self, column: &str, field: &str) -> String {
        match self {
            Self::Sqlite => format!("json_type({column}, '$.{field}')"),
            Self::Postgres => format!("json_typeof({column} -> '{field}')"),
        }
    }

    /// How many keys the object has that is this field of a column; none where it is none.
    pub(crate) fn keys(self, column: &str, field: &str) -> String {
        match self {
            Self::Sqlite => format!(
                "(SELECT count(*) FROM json_each({column}, '$.{field}') k
                  WHERE json_type({column}, '$.{field}') = 'object')"
            ),
            Self::Postgres => format!(
                "(SELECT count(*) FROM json_object_keys(CASE json_typeof({column} -> '{field}')
                    WHEN 'object' THEN {column} -> '{field}' ELSE '{{}}' END))"
            ),
        }
    }

    /// Bytes in hexadecimal.
    pub(crate) fn hex(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("hex({column})"),
            Self::Postgres => format!("encode({column}, 'hex')"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn only_whole_words_before_a_bracket_are_said_otherwise() {
        let sql = "SELECT json_object('a', json(t.a), 'ü', json_array(1, (2)), 'json', to_json(t.b)) FROM json";
        assert_eq!(
            Dialect::Postgres.said(sql.to_owned()),
            "SELECT json_build_object('a', (t.a), 'ü', json_build_array(1, (2)), 'json', to_json(t.b)) FROM json"
        );
        assert_eq!(Dialect::Sqlite.said(sql.to_owned()), sql);
    }
}
