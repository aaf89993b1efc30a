//! What a flush costs on the disk that will hold the database.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Appends measured; enough for a median that one hiccup does not move.
const FLUSHES: usize = 9;
/// Bytes an append writes: one page of the write-ahead log.
const PAGE: usize = 4096;
/// The file written and removed again.
const NAME: &str = ".fsync-probe";

/// Median time of an append with `fdatasync` in this directory, microseconds.
/// Blocks; call it before the server takes requests. Tens of milliseconds mean a
/// disk that really flushes through; under 20 µs one that does not flush at all.
pub fn probe_fsync(dir: &Path) -> std::io::Result<u64> {
    let path = dir.join(NAME);
    let measured = measure(&path);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => measured,
    }
}

fn measure(path: &Path) -> std::io::Result<u64> {
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(path)?;
    let page = [7_u8; PAGE];
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    times.sort_unstable();
    Ok(times[FLUSHES / 2])
}
