// Maps errno to error kinds.
#include "io/errno_error.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace objectstore::io {
namespace {

ErrorKind kind_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: return ErrorKind::not_found;
    case EEXIST: return ErrorKind::already_exists;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorKind::permission_denied;
    case EISDIR:
    case ENAMETOOLONG:
    case EINVAL:
    case ELOOP: return ErrorKind::invalid_argument;
    case EXDEV:
    case ENOTSUP: return ErrorKind::unsupported;
    case EAGAIN:
    case EBUSY:
    case ESTALE:
    case ETXTBSY: return ErrorKind::unavailable;
    default: return ErrorKind::internal;
  }
}

/// The symbolic name where it helps to search for the cause.
const char* name_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT: return "ENOENT";
    case ENOTDIR: return "ENOTDIR";
    case EEXIST: return "EEXIST";
    case EACCES: return "EACCES";
    case EPERM: return "EPERM";
    case EROFS: return "EROFS";
    case EISDIR: return "EISDIR";
    case ENAMETOOLONG: return "ENAMETOOLONG";
    case EINVAL: return "EINVAL";
    case ELOOP: return "ELOOP";
    case EXDEV: return "EXDEV";
    case ENOTSUP: return "ENOTSUP";
    case EAGAIN: return "EAGAIN";
    case EBUSY: return "EBUSY";
    case ESTALE: return "ESTALE";
    case ETXTBSY: return "ETXTBSY";
    case ENOSPC: return "ENOSPC";
    case EDQUOT: return "EDQUOT";
    case EFBIG: return "EFBIG";
    case EIO: return "EIO";
    case EMFILE: return "EMFILE";
    case ENFILE: return "ENFILE";
    case ENOMEM: return "ENOMEM";
    case EPIPE: return "EPIPE";
    case ENOTEMPTY: return "ENOTEMPTY";
    default: return nullptr;
  }
}

}  // namespace

Error errno_error(std::string_view action, const std::filesystem::path& path, int error_number) {
  Error error;
  error.kind = kind_of_errno(error_number);
  error.message = "cannot ";
  error.message += action;
  error.message += ' ';
  error.message += path.native();
  error.message += ": ";
  error.message += std::generic_category().message(error_number);
  error.message += " (";
  const char* name = name_of_errno(error_number);
  error.message += name != nullptr ? std::string(name) : "errno " + std::to_string(error_number);
  error.message += ')';
  return error;
}

}  // namespace objectstore::io
