//! Bounded log lines for operators. Never a place for content: no text of
//! mails or transcripts, no addresses.

/// How much an operator should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// For the author.
    Debug,
    /// For the curious.
    Info,
    /// Something is odd.
    Warn,
    /// Something is broken.
    Error,
}

/// For the author.
pub fn debug(message: &str) {
    crate::doors::emit(Level::Debug, message);
}

/// For the curious.
pub fn info(message: &str) {
    crate::doors::emit(Level::Info, message);
}

/// Something is odd.
pub fn warn(message: &str) {
    crate::doors::emit(Level::Warn, message);
}

/// Something is broken.
pub fn error(message: &str) {
    crate::doors::emit(Level::Error, message);
}
