#include "exec/row_file.h"

#include <algorithm>

#include "base/assert.h"

namespace octavo::exec {
namespace {

constexpr std::size_t kLeastBlock = 16 * kKiB;
constexpr std::size_t kMostBlock = 256 * kKiB;
constexpr std::size_t kBlocksOfQuery = 512;

using Size = std::uint32_t;
constexpr std::size_t kSizes = 2 * sizeof(Size);

}  // namespace

std::size_t block_bytes(const SpillSpace& space) {
  return std::clamp(space.options().query_bytes / kBlocksOfQuery, kLeastBlock, kMostBlock);
}

Result<std::unique_ptr<RowFile>> RowFile::create(QueryContext& query) {
  ASSERT(query.spill != nullptr);
  if (!query.may_wait) return fail(Code::would_block, "Rows are written to disk.");
  TRY(auto file, query.spill->create());
  return std::unique_ptr<RowFile>(new RowFile(query, std::move(file)));
}

Status RowFile::add(BytesView key, BytesView content) {
  const std::size_t bytes = kSizes + key.size() + content.size();
  const std::size_t block = block_bytes(*query_.spill);
  if (!block_.empty() && block_.size() + bytes > block) TRY_STATUS(flush());
  if (block_.empty()) TRY_STATUS(held_.make_room(block_, std::max(block, bytes)));
  put_le(block_, static_cast<Size>(key.size()));
  put_le(block_, static_cast<Size>(content.size()));
  block_.append(key);
  block_.append(content);
  ++rows_;
  return {};
}

Status RowFile::flush() {
  TRY_STATUS(query_.check());
  TRY_STATUS(file_->append(block_));
  block_.clear();
  return {};
}

Status RowFile::finish() {
  if (!block_.empty()) TRY_STATUS(flush());
  block_ = Bytes();
  held_ = MemoryCharge(query_);
  return {};
}

Result<bool> RowFileReader::next() {
  if (at_ == block_.size() && offset_ == file_.size()) return false;
  TRY_STATUS(fill(kSizes));
  const Size key = load_le<Size>(block_.data() + at_);
  const Size content = load_le<Size>(block_.data() + at_ + sizeof(Size));
  TRY_STATUS(fill(kSizes + std::size_t{key} + content));
  key_ = {block_.data() + at_ + kSizes, key};
  content_ = {block_.data() + at_ + kSizes + key, content};
  at_ += kSizes + std::size_t{key} + content;
  return true;
}

// So many bytes in the block from `at_` on.
Status RowFileReader::fill(std::size_t wanted) {
  const std::size_t left = block_.size() - at_;
  if (left >= wanted) return {};
  TRY_STATUS(query_.check());
  block_.erase(0, at_);
  at_ = 0;
  const std::size_t room = std::max(block_bytes(*query_.spill), wanted);
  TRY_STATUS(held_.make_room(block_, room - left));
  const std::uint64_t more = std::min<std::uint64_t>(room - left, file_.size() - offset_);
  block_.resize(left + static_cast<std::size_t>(more));
  TRY_STATUS(file_.read(offset_, std::span(block_).subspan(left)));
  offset_ += more;
  if (block_.size() >= wanted) return {};
  return fail(Code::corrupt, "The rows of the query could not be read from disk.");
}

}  // namespace octavo::exec
