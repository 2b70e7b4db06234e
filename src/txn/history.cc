#include "txn/history.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace octavo::txn {

namespace {

constexpr BytesView kAborted = "txn/aborted/";
constexpr BytesView kNode = "txn/node/";
constexpr BytesView kNodeEnd = "txn/node0";  // '0' follows '/'
constexpr BytesView kWindow = "txn/window";

Bytes aborted_key(Lsn lsn) {
  Bytes key(kAborted);
  put_ordered_lsn(key, lsn);
  return key;
}

Bytes node_key(std::uint32_t node) {
  Bytes key(kNode);
  put_be(key, node);
  return key;
}

std::unexpected<Error> damaged(BytesView what) {
  return fail(Code::corrupt, fmt::format("storage: entry `{}` cannot be read", what));
}

}  // namespace

Status History::open(const kv::Store& store) {
  kv::CursorOptions options;
  options.lower = kNode;
  options.upper = kNodeEnd;
  const auto cursor = store.cursor(kv::Family::meta, options);
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    const BytesView key = cursor->key().substr(kNode.size());
    ByteReader in(cursor->value());
    const auto incarnation = in.get_le<std::uint32_t>();
    const auto sequence = in.get_le<std::uint64_t>();
    if (key.size() != 4 || !incarnation || !sequence || !in.empty()) return damaged(kNode);
    nodes_[load_be<std::uint32_t>(key.data())] = {*incarnation, *sequence};
  }
  return cursor->status();
}

bool History::admit(const log::Origin& origin) {
  Newest& newest = nodes_[origin.node];
  if (origin.incarnation < newest.incarnation) return false;
  if (origin.incarnation == newest.incarnation && origin.sequence <= newest.sequence) return false;
  newest = {origin.incarnation, origin.sequence};
  return true;
}

void History::write_origin(const log::Origin& origin, kv::WriteBatch& batch) const {
  const auto newest = nodes_.find(origin.node);
  if (newest == nodes_.end()) return;
  Bytes value;
  put_le(value, newest->second.incarnation);
  put_le(value, newest->second.sequence);
  batch.put(kv::Family::meta, node_key(origin.node), value);
}

void History::write_aborted(Lsn lsn, const Committed& committed, bool is_void,
                            kv::WriteBatch& batch) {
  Bytes bits;
  if (!is_void) {
    bits.assign((committed.size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < committed.size(); ++i) {
      if (!committed[i]) bits[i / 8] = static_cast<char>(bits[i / 8] | 1 << i % 8);
    }
  }
  batch.put(kv::Family::meta, aborted_key(lsn), bits);
}

Result<std::optional<Committed>> History::read_committed(const kv::Store& store, Lsn lsn,
                                                         std::size_t count) {
  Bytes bits;
  TRY(const bool found, store.get(kv::Family::meta, aborted_key(lsn), bits));
  if (!found) return std::nullopt;
  Committed committed(count, false);
  if (bits.empty()) return committed;
  if (bits.size() != (count + 7) / 8) return damaged(kAborted);
  for (std::size_t i = 0; i < count; ++i) committed[i] = (bits[i / 8] >> i % 8 & 1) == 0;
  return committed;
}

Result<bool> History::committed(const kv::Store& store, Lsn lsn, std::uint32_t position) {
  Bytes bits;
  TRY(const bool found, store.get(kv::Family::meta, aborted_key(lsn), bits));
  if (!found) return true;
  if (bits.empty()) return false;
  if (position / 8 >= bits.size()) return damaged(kAborted);
  return (bits[position / 8] >> position % 8 & 1) == 0;
}

void History::trim(Lsn head, kv::WriteBatch& batch) {
  batch.erase_range(kv::Family::meta, kAborted, aborted_key(head));
}

void History::write_window(Lsn rebuild_from, kv::WriteBatch& batch) {
  Bytes value;
  put_lsn(value, rebuild_from);
  batch.put(kv::Family::meta, kWindow, value);
}

Result<std::optional<Lsn>> History::read_window(const kv::Store& store) {
  Bytes value;
  TRY(const bool found, store.get(kv::Family::meta, kWindow, value));
  if (!found) return std::nullopt;
  ByteReader in(value);
  const auto lsn = get_lsn(in);
  if (!lsn || !in.empty()) return damaged(kWindow);
  return *lsn;
}

}  // namespace octavo::txn
