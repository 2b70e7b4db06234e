#include "exec/row_sorter.h"

#include <algorithm>

namespace octavo::exec {

Status RowSorter::add(BytesView key, BytesView content, std::size_t held) {
  TRY_STATUS(buffer_.add(key, content));
  return limit_.reached(buffer_.bytes() + held, buffer_.room()) ? write_run() : Status();
}

std::uint64_t RowSorter::rows() const {
  const std::uint64_t rows = buffer_.rows() + runs_.rows();
  return keep_ ? std::min(rows, *keep_) : rows;
}

Status RowSorter::write_run() {
  TRY_STATUS(buffer_.sort());
  TRY_STATUS(runs_.begin_run());
  for (std::size_t i = 0; i < buffer_.rows(); ++i) {
    const RowPages::Row row = buffer_.row(i);
    BytesView content = row.content;
    if (writing_.encode) {
      encoded_.clear();
      TRY_STATUS(writing_.encode(content, encoded_));
      content = encoded_;
    }
    TRY_STATUS(runs_.add(row.key, content));
  }
  buffer_.clear();
  if (writing_.on_written) writing_.on_written();
  return runs_.end_run();
}

Status RowSorter::sort() {
  if (runs_.empty()) return buffer_.sort();
  if (buffer_.rows() > 0) TRY_STATUS(write_run());
  merging_ = true;
  return runs_.merge();
}

Result<bool> RowSorter::next() {
  if (merging_) {
    TRY(const bool more, runs_.next());
    if (more) take(runs_.row());
    return more;
  }
  if (at_ == buffer_.rows()) return false;
  take(buffer_.row(at_++));
  return true;
}

Result<std::uint64_t> RowSorter::skip(std::uint64_t rows) {
  if (!merging_) {
    const std::uint64_t skipped = std::min<std::uint64_t>(rows, buffer_.rows() - at_);
    at_ += static_cast<std::size_t>(skipped);
    return skipped;
  }
  for (std::uint64_t skipped = 0; skipped < rows; ++skipped) {
    TRY(const bool more, runs_.next());
    if (!more) return skipped;
  }
  return rows;
}

}  // namespace octavo::exec
