#include "keyspace/field_expiry.h"

#include <string>
#include <vector>

namespace octavo::keyspace {

std::optional<std::string_view> field_expiry::read(CommandContext& context, std::string_view key,
                                                   const HashValue& hash, std::string_view field) {
  if (!hash.is_due(field, context.now_ms())) return hash.get(field);
  context.keyspace().met_expired_field(context.db_index(), key, field);
  return std::nullopt;
}

void note_met_due(CommandContext& context, std::string_view key, const HashValue& hash) {
  hash.visit_due(context.now_ms(), [&](std::string_view field) {
    return context.keyspace().met_expired_field(context.db_index(), key, field);
  });
}

bool remove_due_fields(CommandContext& context, KeyEntry& entry,
                       std::span<const std::string_view> fields) {
  std::vector<std::string_view> due;
  for (const std::string_view field : fields) {
    if (entry.value.as<HashValue>().is_due(field, context.now_ms())) due.push_back(field);
  }
  if (due.empty()) return true;
  auto& hash = context.edit<HashValue>(entry);
  std::erase_if(due, [&](std::string_view field) { return !hash.erase(field); });  // named twice
  note_field_ends(context, entry);
  const std::string key(entry.key());
  context.keyspace().stats().expired_fields += due.size();
  if (KeyspaceObserver* observer = context.keyspace().observer()) {
    observer->fields_expired(context.db_index(), key, due);
  }
  context.notify(EventClass::hash, "hexpired", key);
  return !context.erase_if_empty(entry);
}

}  // namespace octavo::keyspace
