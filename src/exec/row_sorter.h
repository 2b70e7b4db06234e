#pragma once

// Rows sorted by bytes, as SortBuffer does, of any number: where the buffer comes to its limit what
// it holds is written to disk as a sorted run. One thread at a time.

#include <cstdint>
#include <functional>

#include "exec/hold_limit.h"
#include "exec/sort_buffer.h"
#include "exec/sorted_runs.h"

namespace octavo::exec {

class RowSorter {
 public:
  // How rows of the buffer are written.
  struct Writing {
    // What is written for the content of a row; unset: the content.
    std::function<Status(BytesView content, Bytes& out)> encode;
    // All rows that were added are written.
    std::function<void()> on_written;
  };
  RowSorter(const SortBuffer::Wanted& wanted, const OperatorContext& context, Writing writing = {})
      : buffer_(wanted, context.query),
        runs_(wanted.keep, wanted.ties, context.query),
        limit_(context),
        keep_(wanted.keep),
        writing_(std::move(writing)) {}

  // As of SortBuffer.
  bool wants(BytesView key) const { return buffer_.wants(key) && runs_.wants(key); }
  bool full() const { return buffer_.full(); }
  BytesView last() const { return buffer_.last(); }
  // `held`: what the caller holds for all rows of the buffer beside it.
  Status add(BytesView key, BytesView content, std::size_t held = 0);
  // As of SortBuffer. None: what was added is written.
  BytesView added() const { return buffer_.added(); }
  // How many rows there are, of those that are kept.
  std::uint64_t rows() const;

  // None is added any more.
  Status sort();
  // The next row of the order; false at the end. `content` and `key` are good until the next call.
  Result<bool> next();
  BytesView content() const { return content_; }
  BytesView key() const { return key_; }
  // Whether `content` is what was written.
  bool is_written() const { return merging_; }
  // Goes past so many rows, or those that are left; how many.
  Result<std::uint64_t> skip(std::uint64_t rows);

 private:
  Status write_run();
  void take(const RowPages::Row& row) {
    content_ = row.content;
    key_ = row.key;
  }

  SortBuffer buffer_;
  SortedRuns runs_;
  HoldLimit limit_;
  std::optional<std::uint64_t> keep_;
  Writing writing_;
  Bytes encoded_;
  bool merging_ = false;
  std::size_t at_ = 0;  // in the buffer: what comes next
  BytesView content_;
  BytesView key_;
};

}  // namespace octavo::exec
