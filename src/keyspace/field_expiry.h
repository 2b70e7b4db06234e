#pragma once

// Times to live of the fields of hashes, for handlers. To a read a field whose time is over is
// absent, and goes soon; a write that asks whether a field is there removes it when it meets it so.
//
// For a hash without such fields each of these is one look at a bit.

#include <optional>
#include <span>
#include <string_view>

#include "keyspace/context.h"
#include "keyspace/type/hash_value.h"

namespace octavo::keyspace {

namespace field_expiry {
std::optional<std::string_view> read(CommandContext& context, std::string_view key,
                                     const HashValue& hash, std::string_view field);
}  // namespace field_expiry

// The value of a field for a read; `hash` may be null. The view lives until the hash changes.
inline std::optional<std::string_view> read_field(CommandContext& context, std::string_view key,
                                                  const HashValue* hash, std::string_view field) {
  if (hash == nullptr) return std::nullopt;
  if (!hash->is_timed()) return hash->get(field);
  return field_expiry::read(context, key, *hash, field);
}
// All fields of it whose time is over have been met by a read.
void note_met_due(CommandContext& context, std::string_view key, const HashValue& hash);

// Removes those of the fields whose time is over, as the server's own doing: counted, and told of
// by "hexpired", and "del" where nothing is left. False: the key is gone.
bool remove_due_fields(CommandContext& context, KeyEntry& entry,
                       std::span<const std::string_view> fields);

// The hash that a write works on, without the field if its time is over; null where that leaves
// nothing, or where it was null.
inline KeyEntry* without_due_field(CommandContext& context, KeyEntry* entry,
                                   std::string_view field) {
  if (entry == nullptr || !entry->value.as<HashValue>().is_timed()) return entry;
  return remove_due_fields(context, *entry, {&field, 1}) ? entry : nullptr;
}

// To be called after a change of a hash that may have changed when its fields end.
inline void note_field_ends(CommandContext& context, KeyEntry& entry) {
  if (entry.value.as<HashValue>().is_timed()) context.db().note_field_ends(entry);
}

}  // namespace octavo::keyspace
