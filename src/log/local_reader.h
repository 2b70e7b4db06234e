#pragma once

#include <memory>
#include <optional>

#include "log/commit_log.h"
#include "log/delivery.h"
#include "log/segment_reader.h"
#include "log/segment_store.h"

namespace octavo::log {

// Reads the segment files of a live log, up to what was delivered. Must not outlive the log.
class LocalReader final : public Reader {
 public:
  LocalReader(const SegmentStore& store, Delivery& delivery, Lsn from);
  ~LocalReader() override;

  // Positions on the first segment and checks that a record starts there, or nothing yet.
  Status seek();
  // Reads up to `limit` rather than to what was delivered; for replay, which delivers.
  void set_limit(std::uint64_t limit) { limit_ = limit; }

  Result<std::optional<RecordView>> next() override;
  void notify_on_append(std::move_only_function<void()> wake) override;
  Lsn position() const override { return position_; }

 private:
  std::uint64_t limit() const { return limit_ ? *limit_ : delivery_.tail_offset(); }
  void move_to(std::uint64_t offset) { position_ = lsn_at(generation_of(position_), offset); }
  Status enter_segment();
  Result<RecordOrFault> read_here(std::uint64_t limit);

  const SegmentStore& store_;
  Delivery& delivery_;
  Lsn position_;
  std::optional<std::uint64_t> limit_;
  SegmentPointer segment_;
  std::unique_ptr<SegmentReader> reader_;
};

}  // namespace octavo::log
