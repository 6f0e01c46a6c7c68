//! The folder for everything kept in files: made at start, checked for writing, and guarded against a second server.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use hos_domain::kernel::IdSource;
use secrecy::SecretString;

/// The data folder of an installation.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder(PathBuf);

/// Held as long as the server runs; the operating system frees it when the process dies, however it dies.
#[derive(Debug)]
pub(crate) struct ServerLock(#[expect(dead_code, reason = "dropping it frees the lock")] File);

/// Why the folder can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFolderError {
    /// It can't be made or written.
    #[error("the data folder {path} can't be written: {cause}; make it writable, or set DATA_DIR to another folder")]
    NotWritable { path: String, cause: io::Error },
    /// Another server uses the same SQLite file.
    #[error("the database {path} is in use by {holder}; stop that server, or give this one another DATA_DIR")]
    InUse { path: String, holder: String },
}

impl DataFolder {
    /// Makes the folder if it is missing and tries to write to it.
    pub(crate) fn prepare(path: &Path) -> Result<Self, DataFolderError> {
        let folder = Self(path.to_owned());
        let probe = folder.0.join(".write-probe");
        let tried =
            fs::create_dir_all(path).and_then(|()| fs::write(&probe, b"")).and_then(|()| fs::remove_file(&probe));
        tried.map_err(|cause| folder.not_writable(cause))?;
        Ok(folder)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A secret that is made once and kept, readable by its owner only. For development: in production secrets come
    /// from the operator.
    pub(crate) fn secret(&self, name: &str, ids: &dyn IdSource) -> Result<SecretString, DataFolderError> {
        let path = self.0.join(name);
        match fs::read_to_string(&path) {
            Ok(secret) => return Ok(secret.trim().to_owned().into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(self.not_writable(cause)),
        }
        let secret: String = ids.secret().iter().map(|byte| format!("{byte:02x}")).collect();
        write_private(&path, &secret).map_err(|cause| self.not_writable(cause))?;
        Ok(secret.into())
    }

    fn not_writable(&self, cause: io::Error) -> DataFolderError {
        DataFolderError::NotWritable { path: self.0.display().to_string(), cause }
    }
}

/// Guards a SQLite file: a second server on it would break the promise that one process writes.
pub(crate) fn lock_database(database: &Path, address: &str) -> Result<ServerLock, DataFolderError> {
    let path = PathBuf::from(format!("{}.lock", database.display()));
    let fail = |cause| DataFolderError::NotWritable { path: path.display().to_string(), cause };
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // What can't be read is named vaguely; the refusal stands.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "another server".to_owned() } else { holder.trim().to_owned() };
            return Err(DataFolderError::InUse { path: database.display().to_string(), holder });
        }
        Err(TryLockError::Error(cause)) => return Err(fail(cause)),
    }
    let note = format!("process {} at {address}", std::process::id());
    let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
    written.map_err(fail)?;
    Ok(ServerLock(file))
}

/// Whole or not at all: a half-written secret would lock everybody out at the next start.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

#[cfg(test)]
mod tests {
    use hos_local::OsIds;
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::prepare(&folder.path().join("deep/data")).unwrap();
        let first = data.secret("jwt-secret", &OsIds).unwrap();
        let again = data.secret("jwt-secret", &OsIds).unwrap();
        assert_eq!(first.expose_secret(), again.expose_secret());
        assert_eq!(first.expose_secret().len(), 64);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(data.path().join("jwt-secret")).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_server_is_refused_and_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("x.db");
        let first = lock_database(&database, "http://localhost:1").unwrap();
        let second = lock_database(&database, "http://localhost:2").unwrap_err().to_string();
        assert!(second.contains("http://localhost:1") && second.contains(&std::process::id().to_string()), "{second}");
        drop(first);
        assert!(lock_database(&database, "http://localhost:2").is_ok());
    }

    #[test]
    fn a_folder_that_is_a_file_is_a_clear_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        fs::write(&file, b"").unwrap();
        let error = DataFolder::prepare(&file).unwrap_err().to_string();
        assert!(error.contains("DATA_DIR"), "{error}");
    }
}
