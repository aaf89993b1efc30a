//! A list of resources as a server answers it (RFC 4918).

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use roxmltree::{Document, Node, ParsingOptions};

use super::error::CaldavError;
use crate::egress::Reply;

const DAV: &str = "DAV:";
const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
const CALENDAR_SERVER: &str = "http://calendarserver.org/ns/";
/// Most nodes of an answer: what fits its largest size, and no more.
const MAX_NODES: u32 = 4_000_000;

/// What is said of one resource; of properties only those that it has.
#[derive(Debug, Default)]
pub(super) struct Resource {
    pub(super) href: String,
    /// Of the resource itself; 200 where only properties are told.
    pub(super) status: u16,
    pub(super) etag: Option<String>,
    pub(super) data: Option<String>,
    pub(super) name: Option<String>,
    pub(super) ctag: Option<String>,
    pub(super) token: Option<String>,
    pub(super) principal: Option<String>,
    pub(super) homes: Vec<String>,
    pub(super) is_calendar: bool,
    pub(super) components: Vec<String>,
}

/// The list.
#[derive(Debug, Default)]
pub(super) struct Multistatus {
    pub(super) resources: Vec<Resource>,
}

/// Reads one. A page under 200, a list that broke off and a document with a type
/// definition are errors.
pub(super) fn multistatus(reply: &Reply, headers: &HeaderMap) -> Result<Multistatus, CaldavError> {
    if reply.status != 207 {
        return Err(if (200..400).contains(&reply.status) { CaldavError::NotDav } else { CaldavError::of(reply) });
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().contains("xml") {
        return Err(CaldavError::NotDav);
    }
    let text = std::str::from_utf8(&reply.body).map_err(|_| CaldavError::Unreadable)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|_| CaldavError::Unreadable)?;
    let root = document.root_element();
    if !root.has_tag_name((DAV, "multistatus")) {
        return Err(CaldavError::NotDav);
    }
    let responses = root.children().filter(|node| node.has_tag_name((DAV, "response")));
    Ok(Multistatus { resources: responses.map(resource).collect() })
}

fn child<'a, 'i>(node: Node<'a, 'i>, space: &str, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.has_tag_name((space, name)))
}

fn text_of(node: Node<'_, '_>, space: &str, name: &str) -> Option<String> {
    let text = child(node, space, name)?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// `HTTP/1.1 404 Not Found`.
fn status(node: Node<'_, '_>) -> Option<u16> {
    text_of(node, DAV, "status")?.split_whitespace().nth(1)?.parse().ok()
}

fn resource(response: Node<'_, '_>) -> Resource {
    let mut found = Resource {
        href: text_of(response, DAV, "href").unwrap_or_default(),
        status: status(response).unwrap_or(200),
        ..Resource::default()
    };
    let propstats = response.children().filter(|node| node.has_tag_name((DAV, "propstat")));
    for propstat in propstats.filter(|propstat| status(*propstat).is_none_or(|status| status == 200)) {
        if let Some(prop) = child(propstat, DAV, "prop") {
            properties(prop, &mut found);
        }
    }
    found
}

fn properties(prop: Node<'_, '_>, found: &mut Resource) {
    let inner = |space: &str, name: &str| text_of(child(prop, space, name)?, DAV, "href");
    found.etag = found.etag.take().or_else(|| text_of(prop, DAV, "getetag"));
    // Text as it is: its first and last line ends are the object's.
    found.data = found.data.take().or_else(|| child(prop, CALDAV, "calendar-data")?.text().map(str::to_owned));
    found.name = found.name.take().or_else(|| text_of(prop, DAV, "displayname"));
    found.ctag = found.ctag.take().or_else(|| text_of(prop, CALENDAR_SERVER, "getctag"));
    found.token = found.token.take().or_else(|| text_of(prop, DAV, "sync-token"));
    found.principal = found.principal.take().or_else(|| inner(DAV, "current-user-principal"));
    if let Some(homes) = child(prop, CALDAV, "calendar-home-set") {
        let hrefs = homes.children().filter(|node| node.has_tag_name((DAV, "href")));
        found.homes.extend(hrefs.filter_map(|node| node.text().map(|text| text.trim().to_owned())));
    }
    if let Some(kinds) = child(prop, DAV, "resourcetype") {
        found.is_calendar |= child(kinds, CALDAV, "calendar").is_some();
    }
    if let Some(components) = child(prop, CALDAV, "supported-calendar-component-set") {
        found.components.extend(components.children().filter_map(|node| node.attribute("name").map(str::to_owned)));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use reqwest::header::HeaderValue;

    use super::*;

    fn read(status: u16, kind: &'static str, body: &str) -> Result<Multistatus, CaldavError> {
        let reply = Reply { status, retry_after_ms: None, content_type: None, body: body.as_bytes().to_vec() };
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
        multistatus(&reply, &headers)
    }

    #[test]
    fn a_list_is_read_whatever_its_prefixes_are() {
        let list = read(
            207,
            "text/xml",
            "<multistatus xmlns=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><response><href>/c/a.ics</href>\
             <propstat><prop><getetag>\"1\"</getetag><C:calendar-data>BEGIN:VCALENDAR&#13;\nEND</C:calendar-data></prop>\
             <status>HTTP/1.1 200 OK</status></propstat><propstat><prop><displayname>no</displayname></prop>\
             <status>HTTP/1.1 404 Not Found</status></propstat></response><response><href>/c/b.ics</href>\
             <status>HTTP/1.1 404 Not Found</status></response></multistatus>",
        )
        .unwrap();
        let [first, second] = &list.resources[..] else { panic!("{list:?}") };
        assert_eq!((first.href.as_str(), first.etag.as_deref(), first.status), ("/c/a.ics", Some("\"1\""), 200));
        assert_eq!((first.data.as_deref(), first.name.as_deref()), (Some("BEGIN:VCALENDAR\r\nEND"), None));
        assert_eq!((second.href.as_str(), second.status), ("/c/b.ics", 404));
    }

    #[test]
    fn what_is_no_list_is_an_error_and_never_an_empty_one() {
        let page = "<!doctype html><html><body>Sign in</body></html>";
        assert!(matches!(read(200, "text/html", page), Err(CaldavError::NotDav)));
        assert!(matches!(read(207, "text/html", page), Err(CaldavError::NotDav)));
        assert!(matches!(read(302, "text/html", ""), Err(CaldavError::NotDav)));
        assert!(matches!(read(207, "application/xml", page), Err(CaldavError::Unreadable)));
        assert!(matches!(read(207, "application/xml", "<a/>"), Err(CaldavError::NotDav)));
        assert!(matches!(
            read(207, "application/xml", "<multistatus xmlns=\"DAV:\"><resp"),
            Err(CaldavError::Unreadable)
        ));
        let bomb = "<!DOCTYPE a [<!ENTITY b \"xxxx\">]><multistatus xmlns=\"DAV:\">&b;</multistatus>";
        assert!(matches!(read(207, "application/xml", bomb), Err(CaldavError::Unreadable)));
    }
}
