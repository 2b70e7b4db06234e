#include "protocol/mongodb/command/modify_index.h"

#include <algorithm>
#include <string>
#include <utility>

#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/index_build.h"
#include "protocol/mongodb/command/index_definition.h"

namespace octavo::mongodb {
namespace {

using catalog::IndexDefinition;
using value::Field;
using value::Value;

constexpr std::string_view kHiddenOption = "hidden";
constexpr std::string_view kPrepare = "prepareUnique";
constexpr std::string_view kUnique = "unique";
constexpr std::string_view kExpiry = "expireAfterSeconds";

constexpr FieldRow kFields[] = {
    {"name", field::kString}, {"keyPattern", field::kObject}, {kHiddenOption, field::kFlag},
    {kUnique, field::kFlag},  {kPrepare, field::kFlag},       {kExpiry, field::kNumber},
};

const Value* find(const Value& document, std::string_view name) {
  const Value* const found = document.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::unexpected<Error> invalid(std::string_view text) {
  return error(ErrorCode::invalid_options, "{}", text);
}

// What is asked of the index: nothing said of an option leaves it as it is.
struct Wanted {
  std::optional<bool> hidden;
  std::optional<bool> prepare;
  std::optional<std::int64_t> expiry;  // seconds
  bool unique = false;
};

Result<Wanted> read_wanted(const Value& given, bool checks_only) {
  const Value* const unique = find(given, kUnique);
  const Value* const hidden = find(given, kHiddenOption);
  const Value* const prepare = find(given, kPrepare);
  const Value* const expiry = find(given, kExpiry);
  if (unique == nullptr && hidden == nullptr && prepare == nullptr && expiry == nullptr) {
    return invalid("no expireAfterSeconds, hidden, unique, or prepareUnique field");
  }
  if (unique != nullptr && !to_flag(*unique)) {
    return error(ErrorCode::bad_value, "collMod does not support converting an index from unique");
  }
  if (checks_only && (unique == nullptr || hidden != nullptr || prepare != nullptr)) {
    return invalid("dryRun is only supported for what makes an index unique");
  }
  if (expiry != nullptr) TRY_STATUS(check_expiry_seconds(*expiry));
  Wanted wanted{.unique = unique != nullptr};
  if (hidden != nullptr) wanted.hidden = to_flag(*hidden);
  if (prepare != nullptr) wanted.prepare = to_flag(*prepare);
  if (expiry != nullptr) wanted.expiry = to_integer(*expiry);
  return wanted;
}

bool is_id(const Value* name, const Value* key) {
  return name != nullptr ? name->as_string() == kIdIndexName : equal(*key, *id_index().find("key"));
}

// Null: there is none. The index of _id is not among them.
const IndexDefinition* find_index(const catalog::TableDefinition& table, const Value* name,
                                  const Value* key) {
  const auto found = std::ranges::find_if(table.indexes, [&](const IndexDefinition& index) {
    if (index.hidden) return false;
    return name != nullptr ? index.name == name->as_string()
                           : equal(shown_key_pattern(table, index), *key);
  });
  return found == table.indexes.end() ? nullptr : &*found;
}

bool has(const Value& shown, std::string_view option) {
  const Value* const flag = shown.find(option);
  return flag != nullptr && to_flag(*flag);
}

void say(std::vector<Field>& reply, std::string_view option, bool was, bool is) {
  reply.push_back({fmt::format("{}_old", option), Value::boolean(was)});
  reply.push_back({fmt::format("{}_new", option), Value::boolean(is)});
}

// A flag that is off is as if it were not there.
void put(value::ObjectBuilder& shown, std::string_view option, bool on) {
  if (on) {
    shown.set(option, Value::boolean(true));
  } else {
    shown.erase(option);
  }
}

// As it is to be; says what it was, where it was said.
Status change_expiry(std::int64_t seconds, const KeyPattern& pattern, const Value& shown,
                     value::ObjectBuilder& after, std::vector<Field>& reply) {
  if (pattern.fields.size() != 1) {
    return invalid("TTL indexes are single-field indexes, compound indexes do not support TTL");
  }
  if (const Value* const before = shown.find(kExpiry)) {
    reply.push_back({fmt::format("{}_old", kExpiry), Value::int64(to_integer(*before))});
  }
  reply.push_back({fmt::format("{}_new", kExpiry), Value::int64(seconds)});
  after.set(kExpiry, Value::int64(seconds));
  return {};
}

Status check_unique(CommandCall& call, const Collection& collection, const IndexDefinition& index,
                    const Value& shown) {
  if (!has(shown, kPrepare)) {
    return invalid("Cannot make index unique without 'prepareUnique' being set before");
  }
  const auto none = refuse_duplicates(call, collection, index);
  if (none) return {};
  if (!is(none.error().error, ErrorCode::duplicate_key)) return std::unexpected(none.error().error);
  return error(ErrorCode::cannot_convert_index_to_unique,
               "Cannot convert the index to unique. Please resolve conflicting documents before "
               "running collMod again.");
}

}  // namespace

Result<std::vector<Field>> modify_index(CommandCall& call, const Collection& collection,
                                        const Value& given, bool checks_only) {
  TRY_STATUS(check_fields("collMod.index", given.as_object(), kFields));
  const Value* const name = find(given, "name");
  const Value* const key = find(given, "keyPattern");
  if ((name == nullptr) == (key == nullptr)) {
    return invalid("index: either 'name' or 'keyPattern' has to be given");
  }
  TRY(const Wanted wanted, read_wanted(given, checks_only));
  if (is_id(name, key)) {
    if (wanted.hidden == true) return error(ErrorCode::bad_value, "can't hide _id index");
    if (wanted.expiry) return invalid("the _id field does not support TTL indexes");
    return invalid("the index of _id stays as it is");
  }
  const IndexDefinition* const index = find_index(*collection.table, name, key);
  if (index == nullptr) {
    return error(ErrorCode::index_not_found, "cannot find index {} for ns {}",
                 name != nullptr ? std::string(name->as_string()) : print(*key), call.ns());
  }
  const Value shown = shown_index(*collection.table, *index);
  value::ObjectBuilder after(shown);
  std::vector<Field> reply;
  bool unique = index->unique;
  const bool prepares = wanted.prepare && *wanted.prepare != has(shown, kPrepare);
  if (prepares && wanted.hidden) return invalid("prepareUnique is changed on its own");
  if (prepares) {
    say(reply, kPrepare, !*wanted.prepare, *wanted.prepare);
    put(after, kPrepare, *wanted.prepare);
    // From here on no document takes a key that another has.
    unique = *wanted.prepare || has(shown, kUnique);
  }
  if (wanted.hidden && *wanted.hidden != has(shown, kHiddenOption)) {
    say(reply, kHiddenOption, !*wanted.hidden, *wanted.hidden);
    put(after, kHiddenOption, *wanted.hidden);
  }
  TRY(const KeyPattern pattern, parse_key_pattern(shown_key_pattern(*collection.table, *index)));
  if (wanted.expiry) TRY_STATUS(change_expiry(*wanted.expiry, pattern, shown, after, reply));
  if (wanted.unique && !has(shown, kUnique)) {
    TRY_STATUS(check_unique(call, collection, *index, shown));
    reply.push_back({fmt::format("{}_new", kUnique), Value::boolean(true)});
    put(after, kPrepare, false);
    put(after, kUnique, true);
    unique = true;
  }
  if (checks_only) return std::vector<Field>();
  if (reply.empty()) return reply;
  const Value form = std::move(after).build();
  TRY_STATUS(define_alone(call, [&](const catalog::CatalogState& now) {
    return catalog::edit_table(
        now, collection.id(), [&](catalog::TableDefinition& table) -> Status {
          const auto there = std::ranges::find(table.indexes, index->id, &IndexDefinition::id);
          if (there == table.indexes.end()) return fail(Code::conflict, "The index was dropped.");
          there->unique = unique;
          if (wanted.expiry) TRY_STATUS(set_expiry(*there, pattern, wanted.expiry));
          there->forms.set(kProtocolName, form);
          return {};
        });
  }));
  return reply;
}

}  // namespace octavo::mongodb
