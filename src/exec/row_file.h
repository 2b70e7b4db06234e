#pragma once

// Rows in a spill file, as those of pages are (row_pages.h): the bytes of a key and of a content.
// Written one after the other, in blocks, and then read in that order as often as is wanted. What
// the blocks take is charged. One thread at a time.

#include <cstdint>
#include <memory>

#include "exec/context.h"
#include "exec/spill_space.h"

namespace octavo::exec {

class RowFile {
 public:
  // The query has a space (`QueryContext::spill`). `would_block` where it may not wait for a disk.
  static Result<std::unique_ptr<RowFile>> create(QueryContext& query);

  Status add(BytesView key, BytesView content);
  // Once, after the last row: gives back the memory of the block.
  Status finish();
  std::uint64_t rows() const { return rows_; }
  // Of what is in the file; a block may not be yet.
  std::uint64_t bytes() const { return file_->size(); }

 private:
  friend class RowFileReader;
  RowFile(QueryContext& query, std::unique_ptr<SpillFile> file)
      : query_(query), held_(query), file_(std::move(file)) {}
  Status flush();

  QueryContext& query_;
  MemoryCharge held_;  // of `block_`
  Bytes block_;
  std::unique_ptr<SpillFile> file_;
  std::uint64_t rows_ = 0;
};

// Reads a finished file, which outlives it, from its beginning.
class RowFileReader {
 public:
  RowFileReader(RowFile& file, QueryContext& query)
      : file_(*file.file_), query_(query), held_(query) {}

  // False at the end. `key` and `content` are good until the next call.
  Result<bool> next();
  BytesView key() const { return key_; }
  BytesView content() const { return content_; }

 private:
  Status fill(std::size_t wanted);

  SpillFile& file_;
  QueryContext& query_;
  MemoryCharge held_;  // of `block_`
  Bytes block_;
  std::size_t at_ = 0;        // in the block: the next row
  std::uint64_t offset_ = 0;  // in the file: what comes after the block
  BytesView key_;
  BytesView content_;
};

// Of what is written and read at a time, by what queries may have.
std::size_t block_bytes(const SpillSpace& space);

}  // namespace octavo::exec
