#pragma once

// What a node of a shared log must remember about records it has applied, in `meta`, so that replay
// and readers of the log reach the verdicts of the first time:
//   txn/aborted/<position>  one bit per transaction that lost; empty if the whole record is void
//   txn/node/<node>         u32 incarnation, u64 sequence: the newest record of that node
//   txn/window              position from which the certification window is rebuilt
// With `Authority::sole` none of them is ever written.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "kv/store.h"
#include "log/record.h"

namespace octavo::txn {

// Of each transaction of a record. Bytes: to assign bits costs more than to apply a small record.
using Committed = std::vector<std::uint8_t>;

class History {
 public:
  // Loads the newest records of all nodes.
  Status open(const kv::Store& store);

  // Whether a record counts, going by who wrote it: not if its writer was restarted since, nor if
  // the same append was seen before. Remembers it as seen.
  bool admit(const log::Origin& origin);
  void write_origin(const log::Origin& origin, kv::WriteBatch& batch) const;

  // No bits: the whole record is void.
  static void write_aborted(Lsn lsn, const Committed& committed, bool is_void,
                            kv::WriteBatch& batch);
  // Nothing if all committed; an empty vector if none did.
  static Result<std::optional<Committed>> read_committed(const kv::Store& store, Lsn lsn,
                                                         std::size_t count);
  static Result<bool> committed(const kv::Store& store, Lsn lsn, std::uint32_t position);
  // Forgets verdicts on records before `head`.
  static void trim(Lsn head, kv::WriteBatch& batch);

  static void write_window(Lsn rebuild_from, kv::WriteBatch& batch);
  static Result<std::optional<Lsn>> read_window(const kv::Store& store);

 private:
  struct Newest {
    std::uint32_t incarnation = 0;
    std::uint64_t sequence = 0;
  };
  std::map<std::uint32_t, Newest> nodes_;
};

}  // namespace octavo::txn
