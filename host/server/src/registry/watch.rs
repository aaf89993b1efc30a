//! The watched folder of a developer: every build of a skill is installed and
//! serves; a file that is no module is reported and changes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::restore::{Found, RestoreError, found};
use super::{How, Modules, off_the_workers};
use crate::app::App;

/// Who installs what is built.
const WATCH: &str = "watch";
/// Quiet time after the last event before the folder is looked at: a build writes
/// several files one after the other.
const QUIET: Duration = Duration::from_millis(150);
/// Signals that may wait; one is enough, since a look sees everything.
const SIGNALS: usize = 1;

/// Watches until the host drains. What is built after this returned serves; what was in
/// the folder before stays as it is.
///
/// # Errors
/// The folder cannot be watched.
pub async fn watch(app: &Arc<App>, modules: &Arc<Modules>, folder: PathBuf) -> Result<(), notify::Error> {
    let (signal, signals) = mpsc::channel(SIGNALS);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading the files is an event too, and would never end.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // Full means that a look is due already.
            let _ = signal.try_send(());
        }
    })?;
    watcher.watch(&folder, RecursiveMode::NonRecursive)?;
    let (app_of_task, modules) = (Arc::clone(app), Arc::clone(modules));
    // Before this returns: a build that came first would be taken for one that was there.
    let mut seen = BTreeMap::new();
    if let Ok(there) = look(&folder, |found| Some((found.path, found.digest))).await {
        seen.extend(there);
    }
    app.tasks.spawn(async move {
        // The watcher lives as long as the task.
        let _watcher = watcher;
        follow(&app_of_task, &modules, &folder, signals, seen).await;
    });
    Ok(())
}

async fn look<T: Send + 'static>(
    folder: &Path,
    wanted: impl Fn(Found) -> Option<T> + Send + 'static,
) -> Result<Vec<T>, RestoreError> {
    let folder = folder.to_owned();
    off_the_workers(move || found(&folder, wanted)).await.map_err(RestoreError::Work)?
}

async fn follow(
    app: &App,
    modules: &Modules,
    folder: &Path,
    mut signals: mpsc::Receiver<()>,
    mut seen: BTreeMap<PathBuf, String>,
) {
    loop {
        tokio::select! {
            signal = signals.recv() => if signal.is_none() { return },
            () = app.wake.draining().cancelled() => return,
        }
        while let Ok(Some(())) = tokio::time::timeout(QUIET, signals.recv()).await {}
        let known = seen.clone();
        let is_new = move |found: Found| (known.get(&found.path) != Some(&found.digest)).then_some(found);
        let fresh = match look(folder, is_new).await {
            Ok(fresh) => fresh,
            Err(error) => {
                // A file that went away between the listing and the read comes back with an event.
                tracing::warn!(%error, "the watched folder cannot be read now");
                continue;
            }
        };
        for Found { path, bytes, digest } in fresh {
            seen.insert(path.clone(), digest);
            let how = How { activate: true, accept_rights: false };
            match modules.install(bytes, WATCH, how).await {
                Ok(installed) if installed.active => {
                    let skill = installed.tried.skill;
                    tracing::info!(skill = %skill.name, version = skill.version, "the new build serves");
                }
                Ok(installed) => {
                    let skill = installed.tried.skill;
                    tracing::warn!(
                        skill = %skill.name, version = skill.version,
                        hint = format!("skillhost skills activate {} {} --accept-rights", skill.name, skill.digest),
                        "the new build is installed and does not serve"
                    );
                }
                Err(error) => tracing::error!(
                    path = %path.display(), %error, hint = error.hint(), "the new build is refused; what served goes on"
                ),
            }
        }
    }
}
