//! Which rows of a table of the data document are read back.

/// Asked of [`super::Store::records`].
#[derive(Clone, Copy, Debug)]
pub enum Records<'a> {
    /// In the order of their ids, after this one.
    After {
        /// None for the first page.
        id: Option<&'a str>,
        /// Most rows of a page.
        limit: u32,
    },
    /// Those of these ids that are there, in the order of their ids.
    Named(&'a [String]),
}
