#pragma once

// For the tests of this folder.

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/lsn_parts.h"
#include "log/commit_log.h"

namespace octavo::log {

struct SeenRecord {
  Lsn lsn;
  Lsn next;
  RecordHeader header;
  Bytes payload;
  std::uint64_t token = 0;
};

inline SeenRecord copy_of(const RecordView& view) {
  return {view.lsn, view.next, view.header, Bytes(view.payload), view.token};
}

// Remembers everything; fails when told to.
class Recorder final : public Consumer {
 public:
  Status on_record(const RecordView& record) override {
    if (refuse_) return fail(Code::internal, "refused by the test");
    seen.push_back(copy_of(record));
    return {};
  }
  void refuse() { refuse_ = true; }

  // Payloads of the `transactions` records.
  std::vector<Bytes> payloads() const {
    std::vector<Bytes> out;
    for (const SeenRecord& record : seen) {
      if (record.header.kind == RecordKind::transactions) out.push_back(record.payload);
    }
    return out;
  }

  std::vector<SeenRecord> seen;

 private:
  bool refuse_ = false;
};

inline Result<std::uint64_t> append_text(CommitLog& log, BytesView text, std::int64_t wall_ns = 0,
                                         std::uint64_t token = 0) {
  return log.append({.kind = RecordKind::transactions,
                     .transaction_count = 1,
                     .wall_ns = wall_ns,
                     .token = token,
                     .payload = {&text, 1}});
}

}  // namespace octavo::log
