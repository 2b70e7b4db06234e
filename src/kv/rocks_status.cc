#include "kv/rocks_status.h"

#include <rocksdb/io_status.h>
#include <rocksdb/status.h>

namespace octavo::kv {

namespace {

Code code_of(const rocksdb::Status& status) {
  using S = rocksdb::Status;
  if (status.IsNoSpace() || status.IsMemoryLimit()) return Code::resource_exhausted;
  switch (status.code()) {
    case S::kNotFound:
    case S::kColumnFamilyDropped: return Code::not_found;
    case S::kCorruption: return Code::corrupt;
    case S::kNotSupported: return Code::unsupported;
    case S::kInvalidArgument: return Code::invalid_argument;
    case S::kIncomplete: return Code::would_block;
    case S::kTimedOut: return Code::timed_out;
    case S::kShutdownInProgress:
    case S::kBusy:
    case S::kTryAgain:
    case S::kAborted: return Code::unavailable;
    case S::kIOError:
      // A table file that the manifest names and that is not there.
      return status.subcode() == S::kPathNotFound ? Code::corrupt : Code::unavailable;
    default: return Code::internal;
  }
}

}  // namespace

Status from_rocks(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return fail(code_of(status), "storage: " + status.ToString());
}

rocksdb::IOStatus to_rocks(const Error& error) {
  using S = rocksdb::IOStatus;
  switch (error.code) {
    case Code::not_found: return S::PathNotFound(error.what);
    case Code::resource_exhausted: return S::NoSpace(error.what);
    case Code::unsupported: return S::NotSupported(error.what);
    case Code::unavailable: return S::Busy(error.what);
    default: return S::IOError(error.what);
  }
}

}  // namespace octavo::kv
