#include "engine/write_rights.h"

#include <algorithm>

namespace octavo::engine {
namespace {

using catalog::Permission;
using exec::RowEdit;

Status require(const Access& access, const exec::QueryContext& context, Permission permission,
               const catalog::TableDefinition& table) {
  return access.require(context, permission, table.database, table.id);
}

// Of a row that is there, or is not.
std::optional<Permission> needed_for(const RowEdit& edit, bool there) {
  switch (edit.action) {
    case RowEdit::Action::keep: return std::nullopt;
    case RowEdit::Action::put: return there ? Permission::update : Permission::insert;
    case RowEdit::Action::erase: return Permission::remove;
  }
  return Permission::write;
}

}  // namespace

Status require_some_write(const Access& access, const exec::QueryContext& context,
                          const catalog::TableDefinition& table) {
  Status all = require(access, context, Permission::write, table);
  if (all) return all;
  const bool some = std::ranges::any_of(catalog::kPartsOfWrite, [&](Permission part) {
    return require(access, context, part, table).has_value();
  });
  return some ? Status() : all;
}

std::optional<exec::RowWrites> writes_within_rights(const Access& access,
                                                    const exec::QueryContext& context,
                                                    const catalog::TableDefinition& table,
                                                    const exec::RowWrites& writes) {
  if (require(access, context, Permission::write, table)) return std::nullopt;
  const auto checked = [&access, &context, &table](Result<RowEdit> edit,
                                                   bool there) -> Result<RowEdit> {
    const auto needed = edit ? needed_for(*edit, there) : std::nullopt;
    if (needed) TRY_STATUS(require(access, context, *needed, table));
    return edit;
  };
  exec::RowWrites limited = writes;
  limited.decide = [&writes, checked](std::size_t i, const value::Value* current) {
    return checked(writes.decide(i, current), current != nullptr);
  };
  if (writes.decide_unread) {
    limited.decide_unread = [&writes, checked](std::size_t i) {
      return checked(writes.decide_unread(i), true);
    };
  }
  return limited;
}

}  // namespace octavo::engine
