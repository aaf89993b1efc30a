//! What all pages share: the frame, the policy they are served under, notices
//! after a redirect, and errors as pages.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::session::Session;
use crate::http::Problem;

/// Nothing but our own stylesheet and images, forms only to ourselves, no
/// script at all, in nobody's frame.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The frame around a page.
pub(super) struct Frame {
    /// Of the tab.
    pub(super) title: String,
    /// Who is signed in.
    pub(super) user: Option<String>,
    /// For the forms.
    pub(super) csrf: String,
    /// What just happened.
    pub(super) notice: Option<Notice>,
    /// Load again after this many seconds.
    pub(super) refresh_s: Option<i64>,
}

impl Frame {
    /// The frame for a signed-in person.
    pub(super) fn of(session: &Session, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            user: Some(session.user.name.clone()),
            csrf: session.csrf.clone(),
            notice: None,
            refresh_s: None,
        }
    }

    /// The frame for nobody.
    pub(super) fn anonymous(title: impl Into<String>) -> Self {
        Self { title: title.into(), user: None, csrf: String::new(), notice: None, refresh_s: None }
    }

    /// With what just happened.
    pub(super) fn with(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }
}

macro_rules! notices {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $text:literal),+ $(,)?) => {
        /// A line shown once after a redirect. Only a word travels in the
        /// address, so that nobody can put text on the page with a link.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Notice { $($(#[$doc])* $name),+ }

        impl Notice {
            /// Its word in an address.
            pub(super) fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What the page says.
            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The notice with this word.
            pub(super) fn parse(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

notices! {
    /// Approved, perhaps with changes.
    Approved = "approved": "Approved. What happens now is shown below.",
    /// A choice was made.
    Chosen = "chosen": "Your choice is taken.",
    /// Skipped.
    Skipped = "skipped": "Skipped. Nothing of it will happen; the rest of the job goes on.",
    /// The job was ended.
    Cancelled = "cancelled": "The job is ended. What waited is dropped.",
    /// Other options were asked for.
    More = "more": "Other options are being looked for.",
    /// The person does it.
    Manual = "manual": "Noted: you take care of it yourself.",
    /// Somebody was first.
    Before = "before": "This was answered before. The first answer stands.",
    /// An expired question is open again.
    AskedAgain = "asked-again": "It is asked again. This is the new question.",
    /// Somebody asked again first.
    AskedBefore = "asked-before": "It was asked again before. This is the question that it led to.",
    /// An effect came back.
    Undone = "undone": "Taken back. It has not left; decide anew.",
    /// A link was ended.
    Revoked = "revoked": "The link works no more.",
    /// A button of a message was pressed.
    Pressed = "pressed": "Taken. What comes of it shows up here; you are asked before anything is sent or changed.",
    /// A job was sent back.
    Retried = "retried": "The job is back at work.",
}

/// Turns a template into an answer under the pages' policy.
pub(super) fn render(status: StatusCode, template: &impl Template) -> Response {
    let mut response = match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(_) => {
            tracing::error!(code = "inbox.template", "a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be rendered.").into_response()
        }
    };
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// An error as a page that says what to do.
pub(super) struct PageError {
    problem: Box<Problem>,
    way_back: &'static str,
    way_back_text: &'static str,
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), way_back: "/inbox", way_back_text: "Back to the inbox" }
    }
}

impl PageError {
    /// An error for somebody who is not signed in: the inbox would not help.
    pub(super) fn signed_out(problem: Problem) -> Self {
        Self { problem: Box::new(problem), way_back: "", way_back_text: "" }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    status: u16,
    title: &'a str,
    detail: &'a str,
    hint: &'a str,
    way_back: &'a str,
    way_back_text: &'a str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let page = ErrorPage {
            frame: Frame::anonymous(self.problem.title),
            status: self.problem.status.as_u16(),
            title: self.problem.title,
            detail: &self.problem.detail,
            hint: self.problem.hint.as_deref().unwrap_or_default(),
            way_back: self.way_back,
            way_back_text: self.way_back_text,
        };
        let mut response = render(self.problem.status, &page);
        self.problem.decorate(&mut response);
        // A browser would ask for a password that does not exist.
        response.headers_mut().remove(header::WWW_AUTHENTICATE);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_found_by_their_word_and_nothing_else_is_shown() {
        assert_eq!(Notice::parse(Notice::Undone.word()), Some(Notice::Undone));
        assert_eq!(Notice::parse("<script>"), None);
    }

    #[test]
    fn an_error_page_escapes_what_it_shows() {
        let problem = Problem::new(StatusCode::NOT_FOUND, "x", "X", "<script>alert(1)</script>");
        let page = ErrorPage {
            frame: Frame::anonymous("X"),
            status: 404,
            title: problem.title,
            detail: &problem.detail,
            hint: "",
            way_back: "/inbox",
            way_back_text: "Back",
        };
        let html = page.render().unwrap_or_default();
        assert!(html.contains("alert(1)") && !html.contains("<script"), "{html}");
    }
}
