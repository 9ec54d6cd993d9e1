// Downloads of the commands get, cat and cp: one object into a file, a folder or standard output.
#pragma once

#include <string>

#include "addresses.h"
#include "objectstore/transfer.h"
#include "session.h"

namespace objectstore::cli {

/// `destination` is "-", a file or a folder (an existing one, or one that ends in '/' and is made); empty = the key's last part in the
/// current folder. Errors: invalid_argument (no file can have the key's name), those of TransferManager::download.
Status download_one(Session& session, const S3Uri& source, const std::string& destination, TransferFileOptions options);

}  // namespace objectstore::cli
