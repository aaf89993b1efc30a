//! Files as a replay can repeat them.
//!
//! Paths are opened by wasmtime-wasi, which resolves each component beneath the
//! preopened directory and never leaves it. On top of it: no link is made, what
//! is written is bounded, names come sorted, and what only the machine knows
//! (times, inodes, link counts, sizes of directories) is not shown.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::component::Resource;
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, DirectoryEntryStream, ErrorCode,
    Filesize, HostDescriptor, HostDirectoryEntryStream, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{FsError, FsResult};
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::bytes::Bytes;
use wasmtime_wasi_io::poll::Pollable;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream, OutputStream, StreamError, StreamResult};

use super::files;
use crate::files::{MAX_SCRATCH_BYTES, MAX_SCRATCH_ENTRIES};
use crate::state::CallState;

/// Names in one listing.
const MAX_LISTED: usize = 10_000;

/// What a call did to its directories.
#[derive(Debug)]
pub(crate) struct FileBounds {
    bytes_left: Arc<AtomicU64>,
    entries_left: u32,
    /// Machine's hashes in the order seen; the place is what is shown.
    seen: Vec<(u64, u64)>,
    listings: BTreeMap<u32, VecDeque<DirectoryEntry>>,
}

impl Default for FileBounds {
    fn default() -> Self {
        Self {
            bytes_left: Arc::new(AtomicU64::new(MAX_SCRATCH_BYTES)),
            entries_left: MAX_SCRATCH_ENTRIES,
            seen: Vec::new(),
            listings: BTreeMap::new(),
        }
    }
}

impl FileBounds {
    fn entry(&mut self) -> FsResult<()> {
        self.entries_left = self.entries_left.checked_sub(1).ok_or(ErrorCode::InsufficientSpace)?;
        Ok(())
    }

    fn identity(&mut self, hash: &MetadataHashValue) -> MetadataHashValue {
        let known = (hash.lower, hash.upper);
        let place = self.seen.iter().position(|seen| *seen == known).unwrap_or_else(|| {
            self.seen.push(known);
            self.seen.len() - 1
        });
        MetadataHashValue { lower: u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1), upper: 0 }
    }
}

/// Takes bytes from what may still be written; false when they are not there.
fn take(left: &AtomicU64, bytes: u64) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
}

/// A file's stream that ends where the allowance does.
struct Bounded {
    inner: DynOutputStream,
    left: Arc<AtomicU64>,
}

#[async_trait]
impl Pollable for Bounded {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait]
impl OutputStream for Bounded {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if !take(&self.left, more) {
            // Error 28 is what a full disk says, and what the guest's library knows.
            return Err(StreamError::LastOperationFailed(std::io::Error::from_raw_os_error(28).into()));
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.inner.check_write()
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}

/// Without what only the machine knows.
fn plain(stat: DescriptorStat) -> DescriptorStat {
    let size = if stat.type_ == DescriptorType::Directory { 0 } else { stat.size };
    DescriptorStat {
        type_: stat.type_,
        link_count: 1,
        size,
        data_access_timestamp: None,
        data_modification_timestamp: None,
        status_change_timestamp: None,
    }
}

type Fd = Resource<Descriptor>;

fn again<T: 'static>(resource: &Resource<T>) -> Resource<T> {
    Resource::new_borrow(resource.rep())
}

impl types::Host for &mut CallState {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.downcast()
    }

    fn filesystem_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        files(self).filesystem_error_code(error)
    }
}

impl HostDescriptor for &mut CallState {
    async fn advise(&mut self, fd: Fd, offset: Filesize, len: Filesize, advice: Advice) -> FsResult<()> {
        files(self).advise(fd, offset, len, advice).await
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        files(self).sync_data(fd).await
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<DescriptorFlags> {
        files(self).get_flags(fd).await
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<DescriptorType> {
        files(self).get_type(fd).await
    }

    async fn set_size(&mut self, fd: Fd, size: Filesize) -> FsResult<()> {
        let before = files(self).stat(again(&fd)).await?.size;
        if !take(&self.file_bounds.bytes_left, size.saturating_sub(before)) {
            return Err(ErrorCode::InsufficientSpace.into());
        }
        files(self).set_size(fd, size).await
    }

    async fn set_times(&mut self, _: Fd, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        Err(ErrorCode::Unsupported.into())
    }

    async fn read(&mut self, fd: Fd, len: Filesize, offset: Filesize) -> FsResult<(Vec<u8>, bool)> {
        files(self).read(fd, len, offset).await
    }

    async fn write(&mut self, fd: Fd, bytes: Vec<u8>, offset: Filesize) -> FsResult<Filesize> {
        if !take(&self.file_bounds.bytes_left, u64::try_from(bytes.len()).unwrap_or(u64::MAX)) {
            return Err(ErrorCode::InsufficientSpace.into());
        }
        files(self).write(fd, bytes, offset).await
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<DirectoryEntryStream>> {
        let stream = files(self).read_directory(fd).await?;
        let mut names = Vec::new();
        while let Some(entry) = files(self).read_directory_entry(again(&stream)).await? {
            if names.len() >= MAX_LISTED {
                return Err(ErrorCode::InsufficientMemory.into());
            }
            names.push(entry);
        }
        names.sort_by(|a, b| a.name.cmp(&b.name));
        self.file_bounds.listings.insert(stream.rep(), names.into());
        Ok(stream)
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        files(self).sync(fd).await
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.file_bounds.entry()?;
        files(self).create_directory_at(fd, path).await
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<DescriptorStat> {
        files(self).stat(fd).await.map(plain)
    }

    async fn stat_at(&mut self, fd: Fd, flags: PathFlags, path: String) -> FsResult<DescriptorStat> {
        files(self).stat_at(fd, flags, path).await.map(plain)
    }

    async fn set_times_at(&mut self, _: Fd, _: PathFlags, _: String, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        Err(ErrorCode::Unsupported.into())
    }

    async fn link_at(&mut self, _: Fd, _: PathFlags, _: String, _: Fd, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Fd> {
        if open.contains(OpenFlags::CREATE) {
            self.file_bounds.entry()?;
        }
        files(self).open_at(fd, path_flags, path, open, flags).await
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        files(self).readlink_at(fd, path).await
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        files(self).remove_directory_at(fd, path).await
    }

    async fn rename_at(&mut self, fd: Fd, old: String, other: Fd, new: String) -> FsResult<()> {
        files(self).rename_at(fd, old, other, new).await
    }

    async fn symlink_at(&mut self, _: Fd, _: String, _: String) -> FsResult<()> {
        Err(ErrorCode::NotPermitted.into())
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        files(self).unlink_file_at(fd, path).await
    }

    async fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        files(self).is_same_object(a, b).await
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<MetadataHashValue> {
        let hash = files(self).metadata_hash(fd).await?;
        Ok(self.file_bounds.identity(&hash))
    }

    async fn metadata_hash_at(&mut self, fd: Fd, flags: PathFlags, path: String) -> FsResult<MetadataHashValue> {
        let hash = files(self).metadata_hash_at(fd, flags, path).await?;
        Ok(self.file_bounds.identity(&hash))
    }

    fn read_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynInputStream>> {
        files(self).read_via_stream(fd, offset)
    }

    fn write_via_stream(&mut self, fd: Fd, offset: Filesize) -> FsResult<Resource<DynOutputStream>> {
        let inner = files(self).write_via_stream(fd, offset)?;
        self.bounded(inner)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        let inner = files(self).append_via_stream(fd)?;
        self.bounded(inner)
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        HostDescriptor::drop(&mut files(self), fd)
    }
}

impl CallState {
    fn bounded(&mut self, inner: Resource<DynOutputStream>) -> FsResult<Resource<DynOutputStream>> {
        let inner = self.table.delete(inner)?;
        let left = Arc::clone(&self.file_bounds.bytes_left);
        let stream: DynOutputStream = Box::new(Bounded { inner, left });
        Ok(self.table.push(stream)?)
    }
}

impl HostDirectoryEntryStream for &mut CallState {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        Ok(self.file_bounds.listings.get_mut(&stream.rep()).and_then(VecDeque::pop_front))
    }

    fn drop(&mut self, stream: Resource<DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.file_bounds.listings.remove(&stream.rep());
        HostDirectoryEntryStream::drop(&mut files(self), stream)
    }
}
