//! The disk as a folder of this machine, through FUSE. Needs root.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use fuser::{
    BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags,
    Generation, INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::disk::{Disk, File, Node};

/// The kernel asks anew each time: after the loss of power nothing it remembers is true.
const REMEMBERED: Duration = Duration::ZERO;
/// Free blocks that programs are told of.
const BLOCKS_FREE: u64 = 1 << 30;
const BLOCK_BYTES: u32 = 4096;

/// A disk that programs can use. Dropping it unmounts it.
pub struct Mounted {
    disk: Arc<Mutex<Disk>>,
    session: Option<BackgroundSession>,
    at: std::path::PathBuf,
}

impl Mounted {
    /// An empty disk at a folder.
    pub fn new(at: &Path) -> Result<Mounted> {
        let mut mounted = Mounted { disk: Arc::default(), session: None, at: at.to_owned() };
        mounted.mount()?;
        Ok(mounted)
    }

    /// Flushes that programs have asked for so far.
    pub fn flushes(&self) -> u64 {
        lock(&self.disk).flushes
    }

    /// The power goes and comes back. Every program that used the disk has to be dead by now.
    pub fn lose_power(&mut self, survives: impl FnMut() -> bool) -> Result<()> {
        let session = self.session.take().context("the disk is not mounted")?;
        // What the kernel still holds of mapped pages is written now, and counts as written, not as flushed.
        session.umount_and_join().context("unmounting the disk: does a program still use it?")?;
        lock(&self.disk).lose_power(survives);
        self.mount()
    }

    fn mount(&mut self) -> Result<()> {
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("lossy".into()), MountOption::NoSuid];
        let shown = Shown { disk: self.disk.clone() };
        let session = fuser::spawn_mount(shown, &self.at, &config);
        self.session = Some(session.with_context(|| format!("mounting a disk at {}", self.at.display()))?);
        Ok(())
    }
}

struct Shown {
    disk: Arc<Mutex<Disk>>,
}

fn lock(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn attributes(disk: &Disk, number: u64) -> Option<FileAttr> {
    let (kind, perm, size) = match disk.node(number)? {
        Node::Folder(_) => (FileType::Directory, 0o700, 0),
        Node::File(file) => (FileType::RegularFile, 0o600, file.len() as u64),
    };
    let never = UNIX_EPOCH;
    Some(FileAttr {
        ino: INodeNo(number),
        size,
        blocks: size.div_ceil(512),
        atime: never,
        mtime: never,
        ctime: never,
        crtime: never,
        kind,
        perm,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: BLOCK_BYTES,
        flags: 0,
    })
}

fn entry(disk: &Disk, number: Option<u64>, reply: ReplyEntry) {
    match number.and_then(|number| attributes(disk, number)) {
        Some(attributes) => reply.entry(&REMEMBERED, &attributes, Generation(0)),
        None => reply.error(Errno::ENOENT),
    }
}

fn done(done: Option<()>, reply: ReplyEmpty) {
    match done {
        Some(()) => reply.ok(),
        None => reply.error(Errno::ENOENT),
    }
}

impl Filesystem for Shown {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let disk = lock(&self.disk);
        entry(&disk, disk.find(parent.0, name), reply);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match attributes(&lock(&self.disk), ino.0) {
            Some(attributes) => reply.attr(&REMEMBERED, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        request: &Request,
        ino: INodeNo,
        _mode: Option<u32>,
        _uid: Option<u32>,
        _gid: Option<u32>,
        size: Option<u64>,
        _atime: Option<TimeOrNow>,
        _mtime: Option<TimeOrNow>,
        _ctime: Option<SystemTime>,
        handle: Option<FileHandle>,
        _crtime: Option<SystemTime>,
        _chgtime: Option<SystemTime>,
        _bkuptime: Option<SystemTime>,
        _flags: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        if let (Some(size), Some(file)) = (size, lock(&self.disk).file(ino.0)) {
            file.resize(size as usize);
        }
        self.getattr(request, ino, handle, reply);
    }

    fn mkdir(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, reply: ReplyEntry) {
        let mut disk = lock(&self.disk);
        let number = disk.make(parent.0, name, Node::Folder(Default::default()));
        entry(&disk, number, reply);
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(lock(&self.disk).remove(parent.0, name).map(drop), reply);
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(lock(&self.disk).remove(parent.0, name).map(drop), reply);
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        to: INodeNo,
        new_name: &OsStr,
        _: RenameFlags,
        reply: ReplyEmpty,
    ) {
        done(lock(&self.disk).rename(parent.0, name, to.0, new_name), reply);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match lock(&self.disk).file(ino.0) {
            Some(file) => reply.data(file.read(offset as usize, size as usize)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match lock(&self.disk).file(ino.0) {
            Some(file) => {
                file.write(offset as usize, data);
                reply.written(data.len() as u32);
            }
            None => reply.error(Errno::ENOENT),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // Closing a file flushes nothing.
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let mut disk = lock(&self.disk);
        disk.flushes += 1;
        done(disk.file(ino.0).map(File::flush), reply);
    }

    fn fsyncdir(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        reply.ok();
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let disk = lock(&self.disk);
        let Some(entries) = disk.folder(ino.0) else { return reply.error(Errno::ENOENT) };
        for (at, (name, number)) in (1u64..).zip(entries).skip(offset as usize) {
            let Some(attributes) = attributes(&disk, *number) else { continue };
            if reply.add(attributes.ino, at, attributes.kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(BLOCKS_FREE, BLOCKS_FREE, BLOCKS_FREE, 0, 0, BLOCK_BYTES, 255, BLOCK_BYTES);
    }

    fn create(&self, _: &Request, parent: INodeNo, name: &OsStr, _: u32, _: u32, _: i32, reply: ReplyCreate) {
        let mut disk = lock(&self.disk);
        let number = disk.make(parent.0, name, Node::File(File::default()));
        match number.and_then(|number| attributes(&disk, number)) {
            Some(attributes) => {
                let handle = FileHandle(0);
                reply.created(&REMEMBERED, &attributes, Generation(0), handle, FopenFlags::empty());
            }
            None => reply.error(Errno::ENOENT),
        }
    }
}
