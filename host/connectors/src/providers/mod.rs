//! Providers of tier 3: [`local`] answers from the host's own database and a folder of
//! templates, [`http`] from whatever speaks JSON over HTTP, as the operator describes it.
//!
//! To add a vendor of its own: a module named after it that implements
//! [`skillhost_engine::provider::Provider`], its kind in `server::config::providers`, and
//! tests against a server on a local port that is as strict as it is. Price, rate and
//! pauses stand beside it in the settings; what it answers is held to the source's shape
//! by the host.

pub mod http;
pub mod local;
mod mapping;
mod template_folder;
mod wording;

pub use template_folder::{FolderError, TemplateFolder};
