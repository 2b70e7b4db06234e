#pragma once

// Tables of keyspace layout: the keys of one Redis database as documents
// (layout/keyspace/key_documents.h), with the key as the only index.

#include "exec/source.h"
#include "keyspace/keyspace.h"

namespace octavo::layout {

// The keys as they are when they are reached. The keyspace is in memory and has one version, so a
// scan that takes several batches is like SCAN: keys that are there all the time are delivered
// exactly once, of those that come or go meanwhile some. Its lock is held for a slice at a time.
class KeyspaceSource final : public exec::Source {
 public:
  // Keys whose time has come by `now_ms` are not delivered.
  KeyspaceSource(keyspace::Keyspace& keyspace, std::int64_t now_ms)
      : keyspace_(keyspace), now_ms_(now_ms) {}

  Result<std::unique_ptr<exec::RowCursor>> open(const algebra::Scan& scan,
                                                exec::QueryContext& query) const override;
  // Documents are made of keys, always whole.
  Result<std::unique_ptr<exec::FieldCursor>> open_fields(
      const algebra::Scan& /*scan*/, std::span<const value::FieldRequest> /*fields*/,
      exec::QueryContext& /*query*/) const override {
    return nullptr;
  }
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& query) const override;
  Result<std::uint64_t> count(const algebra::Scan& scan, exec::QueryContext& query) const override;

 private:
  keyspace::Keyspace& keyspace_;
  std::int64_t now_ms_;
};

}  // namespace octavo::layout
