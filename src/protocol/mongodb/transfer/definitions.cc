#include "protocol/mongodb/transfer/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/build.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Field;
using value::Value;

// What `collMod` changes, and what it is set to where the source has none.
struct ChangeableRow {
  std::string_view name;
  Value (*none)();
};
constexpr std::array kChangeable{
    ChangeableRow{"validator", [] { return Value::object({}); }},
    ChangeableRow{"validationLevel", [] { return text("strict"); }},
    ChangeableRow{"validationAction", [] { return text("error"); }},
    ChangeableRow{"changeStreamPreAndPostImages",
                  [] { return document({{"enabled", Value::boolean(false)}}); }}};

bool same(const Value* a, const Value* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return equal(*a, *b);
}

std::string_view name_of(const Value& index) {
  const Value* const name = index.find("name");
  return name != nullptr && name->is_string() ? name->as_string() : std::string_view();
}

bool is_unique(const Value& index) {
  const Value* const unique = index.find("unique");
  return unique != nullptr && unique->type() == value::Type::boolean && unique->as_boolean();
}

const Value* find_index(const std::vector<Value>& indexes, std::string_view name) {
  const auto found = std::ranges::find(indexes, name, &name_of);
  return found == indexes.end() ? nullptr : &*found;
}

Error about(const CollectionName& name, std::string_view what, Error error) {
  error.what = fmt::format("{}: {}: {}", name.full(), what, error.what);
  return error;
}

}  // namespace

Status Definitions::make(CollectionEntry& entry, const SourceCollection& definition) {
  std::vector<Field> command{{"create", text(entry.name.collection)}};
  for (const Field& option : definition.options.as_object()) command.push_back(option);
  auto made = target_.run(entry.name.database, Value::object(std::move(command)));
  if (!made) {
    if (made.error().number == kNamespaceExists) return fail(std::move(made).error());
    return fail(about(entry.name, "the target does not make it", std::move(made).error()));
  }
  entry.options = definition.options;
  entry.uuid = definition.uuid;
  entry.kind = definition.kind;
  entry.made = true;
  entry.indexes.clear();
  return ledger_.save(entry);
}

Status Definitions::drop(const CollectionName& name) {
  const auto dropped = target_.run(name.database, document({{"drop", text(name.collection)}}));
  if (dropped || dropped.error().number == kNamespaceNotFound) return {};
  return fail(about(name, "cannot be dropped", dropped.error()));
}

Status Definitions::create_index(CollectionEntry& entry, const Value& index) {
  report_.status(fmt::format("building the index {} of {}", name_of(index), entry.name.full()));
  std::vector<Value> indexes;
  indexes.push_back(index);
  auto made =
      target_.run(entry.name.database, document({{"createIndexes", text(entry.name.collection)},
                                                 {"indexes", Value::array(std::move(indexes))}}));
  if (!made) {
    return fail(
        about(entry.name, fmt::format("the index {}", name_of(index)), std::move(made).error()));
  }
  entry.indexes.push_back(index);
  return ledger_.save(entry);
}

Status Definitions::drop_index(CollectionEntry& entry, std::string_view name) {
  constexpr std::uint32_t kIndexNotFound = 27;
  const auto dropped =
      target_.run(entry.name.database,
                  document({{"dropIndexes", text(entry.name.collection)}, {"index", text(name)}}));
  if (!dropped && dropped.error().number != kIndexNotFound &&
      dropped.error().number != kNamespaceNotFound) {
    return fail(about(entry.name, fmt::format("the index {}", name), dropped.error()));
  }
  std::erase_if(entry.indexes, [name](const Value& index) { return name_of(index) == name; });
  return ledger_.save(entry);
}

Status Definitions::match_indexes(CollectionEntry& entry, IndexChoice choice) {
  if (entry.kind != CollectionKind::collection || entry.skipped || !entry.made) return {};
  TRY(const std::vector<Value> wanted, list_indexes(source_, entry.name));
  return match_indexes(entry, wanted, choice);
}

Status Definitions::match_indexes(CollectionEntry& entry, const std::vector<Value>& wanted,
                                  IndexChoice choice) {
  std::vector<std::string> gone;
  for (const Value& index : entry.indexes) {
    const Value* const now = find_index(wanted, name_of(index));
    if (now == nullptr || !equal(*now, index)) gone.emplace_back(name_of(index));
  }
  for (const std::string& name : gone) TRY_STATUS(drop_index(entry, name));
  for (const Value& index : wanted) {
    if (choice == IndexChoice::not_unique && is_unique(index)) continue;
    if (find_index(entry.indexes, name_of(index)) == nullptr) {
      TRY_STATUS(create_index(entry, index));
    }
  }
  return {};
}

Status Definitions::match_one(CollectionEntry& entry, const SourceCollection& definition) {
  if (equal(entry.options, definition.options)) return {};
  std::vector<Field> command{{"collMod", text(entry.name.collection)}};
  std::string left;
  if (entry.kind == CollectionKind::view) {
    for (const std::string_view part : {"viewOn", "pipeline"}) {
      const Value* const value = definition.options.find(part);
      if (value != nullptr) command.push_back({std::string(part), *value});
    }
  } else {
    for (const ChangeableRow& row : kChangeable) {
      const Value* const now = definition.options.find(row.name);
      if (same(now, entry.options.find(row.name))) continue;
      command.push_back({std::string(row.name), now == nullptr ? row.none() : *now});
    }
    for (const Field& option : definition.options.as_object()) {
      const bool changeable = std::ranges::any_of(
          kChangeable, [&option](const ChangeableRow& row) { return row.name == option.name; });
      if (changeable || same(&option.value, entry.options.find(option.name))) continue;
      left += fmt::format("{}{}", left.empty() ? "" : ", ", option.name);
    }
  }
  if (!left.empty()) {
    report_.say(fmt::format("{}: the source has another {} now; the target keeps what it has",
                            entry.name.full(), left));
  }
  if (command.size() > 1) {
    const auto changed = target_.run(entry.name.database, Value::object(std::move(command)));
    if (!changed) return fail(about(entry.name, "its options", changed.error()));
  }
  entry.options = definition.options;
  return ledger_.save(entry);
}

Status Definitions::make_view(const SourceCollection& definition) {
  CollectionEntry entry;
  entry.name = definition.name;
  const Status made = make(entry, definition);
  if (made || made.error().number != kNamespaceExists) return made;
  report_.say(fmt::format("{}: there is something of that name in the target; the view is left out",
                          entry.name.full()));
  entry.kind = definition.kind;
  entry.skipped = true;
  return ledger_.save(entry);
}

Status Definitions::match_options(const Selection& taken) {
  TRY(const std::vector<SourceCollection> now, list_collections(source_, taken));
  for (const SourceCollection& definition : now) {
    CollectionEntry* const entry = ledger_.find(definition.name);
    if (entry == nullptr) {
      if (definition.kind == CollectionKind::view) TRY_STATUS(make_view(definition));
    } else if (entry->made && !entry->skipped) {
      TRY_STATUS(match_one(*entry, definition));
    }
  }
  std::vector<CollectionName> gone;
  for (const auto& [name, entry] : ledger_.collections()) {
    if (entry.kind != CollectionKind::view || entry.skipped) continue;
    if (std::ranges::find(now, name, &SourceCollection::name) == now.end()) gone.push_back(name);
  }
  for (const CollectionName& name : gone) {
    TRY_STATUS(drop(name));
    TRY_STATUS(ledger_.forget(name));
  }
  return {};
}

}  // namespace octavo::mongodb::transfer
