//! The questions in XML. Templates escape what is filled in.

use askama::Template;
use skillhost_engine::time::Timestamp;

/// Which properties of a resource are asked for.
#[derive(Template)]
#[template(
    ext = "xml",
    source = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/"><d:prop>
<d:current-user-principal/><c:calendar-home-set/><d:resourcetype/><d:displayname/><s:getctag/><d:sync-token/>
<c:supported-calendar-component-set/>
</d:prop></d:propfind>"#
)]
pub(super) struct Properties;

/// Objects with an occurrence in a stretch of time.
#[derive(Template)]
#[template(
    ext = "xml",
    source = r#"<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop>
<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{{ from }}" end="{{ until }}"/>
</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"#
)]
pub(super) struct Between {
    pub(super) from: String,
    pub(super) until: String,
}

/// Objects with this uid.
#[derive(Template)]
#[template(
    ext = "xml",
    source = r#"<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/><c:calendar-data/></d:prop>
<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:prop-filter name="UID">
<c:text-match collation="i;octet">{{ uid }}</c:text-match></c:prop-filter></c:comp-filter></c:comp-filter></c:filter>
</c:calendar-query>"#
)]
pub(super) struct ByUid<'a> {
    pub(super) uid: &'a str,
}

/// An instant as the filters have it.
pub(super) fn instant(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
